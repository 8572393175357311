#include <algorithm>
#include <charconv>
#include <csignal>
#include <utility>

#include "manifests/duration.h"
#include "manifests/limits.h"
#include "manifests/sections.h"
#include "manifests/words.h"

namespace manifests {
namespace {

bool is_small_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool is_owner_name(std::string_view name) {
  return !name.empty() && name.size() <= 63 && is_small_or_digit(name.front()) &&
         std::all_of(name.begin(), name.end(), [](char c) { return is_small_or_digit(c) || c == '.' || c == '-'; });
}

/// "5/60s" into `limit` and `window`.
void read_limit(const Field& field, Restart& restart) {
  constexpr std::string_view form = "expected a number of restarts from 1 to 1000000 and a duration, as in 5/60s";
  const auto text = read_text(field);
  if (!text) return;
  const auto slash = std::min(text->find('/'), text->size());
  std::uint32_t limit = 0;
  const auto [stopped, error] = std::from_chars(text->data(), text->data() + slash, limit);
  if (slash == text->size() || error != std::errc{} || stopped != text->data() + slash || limit < 1 || limit > 1000000)
    return field.refuse(quote(*text) + ": " + std::string(form));
  const auto window = to_duration(std::string_view(*text).substr(slash + 1));
  if (!window) return field.refuse(quote(*text) + ": " + window.error());
  if (window->count() == 0) return field.refuse(quote(*text) + ": the duration must be longer than 0");
  restart.limit = limit;
  restart.window = *window;
}

/// What ends or stops a launcher, or tells it of its children, cannot mean something else.
std::optional<std::optional<int>> read_restart_signal(const Field& field) {
  const auto number = read_signal(field);
  if (!number) return std::nullopt;
  for (const int reserved : {SIGTERM, SIGINT, SIGQUIT, SIGKILL, SIGSTOP, SIGCHLD, SIGCONT})
    if (*number == reserved) return field.refuse("is needed for something else; take HUP, USR1 or USR2"), std::nullopt;
  return number;
}

void read_http(const Field& field, std::span<const Socket> sockets, Ready& ready) {
  const Table table(field, ready_when_keys);
  const auto path = table.require("http", "is missing; write {http: /path}");
  if (!path) return;
  const auto text = read_text(*path);
  if (!text) return;
  const auto is_printable = [](char c) { return c > ' ' && c < 0x7f; };
  if (!text->starts_with('/') || !std::all_of(text->begin(), text->end(), is_printable) || text->size() > 1024)
    return path->refuse("expected the path of a request, such as /healthz, got " + quote(*text));
  const auto is_stream = [](const Socket& socket) { return socket.type == SocketType::stream; };
  if (std::none_of(sockets.begin(), sockets.end(), is_stream))
    return path->refuse("needs a socket of type stream to ask over");
  ready.when = ReadyWhen::http;
  ready.http_path = *text;
}

void read_when(const Field& field, std::span<const Socket> sockets, Ready& ready) {
  if (field.node->kind == Node::Kind::map) return read_http(field, sockets, ready);
  const auto text = read_text(field);
  if (!text) return;
  constexpr std::array<std::string_view, 3> shown{"listening", "notify", "{http: /path}"};
  if (*text == "http") return field.refuse("http needs the path to ask for: {http: /healthz}");
  for (const auto& word : ready_words)
    if (word.text == *text) return void(ready.when = word.value);
  field.refuse(unknown("unknown value " + quote(*text), *text, shown));
}

void read_mounts(const Field& field, Match& match) {
  for (const auto& item : read_list(field)) {
    auto path = read_text(item);
    if (!path) continue;
    if (!path->starts_with('/')) item.refuse("must be absolute: begin with /");
    match.mounts.push_back(*std::move(path));
  }
}

void read_annotations(const Field& field, Match& match) {
  for (const auto& value : read_free_map(field)) {
    if (value.node->key.empty() || value.node->key.find('\0') != std::string::npos)
      value.refuse("an annotation needs a name without NUL characters");
    if (auto text = read_text(value)) match.annotations.emplace(value.node->key, *std::move(text));
  }
}

}  // namespace

void read_owner(const Field& field, Manifest& manifest) {
  auto owner = read_text(field);
  if (!owner) return;
  if (!is_owner_name(*owner))
    return field.refuse(
        quote(*owner) +
        " is no owner name: 1 to 63 characters out of a-z, 0-9, '.' and '-', the first a letter or digit");
  manifest.owner = *std::move(owner);
}

void read_command(const Field& field, Manifest& manifest) {
  if (field.node->kind == Node::Kind::plain || field.node->kind == Node::Kind::quoted)
    return field.refuse("expected a list, got text; no shell reads it: write [program, argument, ...]");
  const auto items = read_list(field);
  if (field.node->kind == Node::Kind::list && items.empty()) return field.refuse("is empty; leave it out");
  if (items.size() > max_arguments) return field.refuse("more than 4096 arguments");
  for (const auto& item : items)
    if (auto argument = read_filled_text(item)) manifest.command.push_back(*std::move(argument));
}

void read_stop(const Field& field, Stop& stop) {
  const Table table(field, stop_keys);
  table.read("signal", read_signal, stop.signal);
  table.read("grace", read_duration, stop.grace);
}

void read_restart(const Field& field, Restart& restart) {
  const Table table(field, restart_keys);
  table.read(
      "policy", [](const Field& each) { return read_word(each, restart_policies); }, restart.policy);
  table.read("backoff", read_duration, restart.backoff);
  table.read("max_backoff", read_duration, restart.max_backoff);
  if (const auto limit = table.find("limit")) read_limit(*limit, restart);
  table.read("signal", read_restart_signal, restart.signal);
  if (restart.max_backoff >= restart.backoff) return;
  const auto given = table.find("max_backoff");
  (given ? *given : *table.find("backoff"))
      .refuse("max_backoff (" + to_text(restart.max_backoff) + ") is less than backoff (" + to_text(restart.backoff) +
              ")");
}

void read_takeover(const Field& field, Takeover& takeover) {
  const Table table(field, takeover_keys);
  table.read(
      "policy", [](const Field& each) { return read_word(each, takeover_policies); }, takeover.policy);
  table.read(
      "order", [](const Field& each) { return read_word(each, takeover_orders); }, takeover.order);
  table.read("drain", read_duration, takeover.drain);
  table.read("patience", read_duration, takeover.patience);
  table.read(
      "strangers", [](const Field& each) { return read_word(each, stranger_policies); }, takeover.strangers);
}

void read_match(const Field& field, Match& match) {
  const Table table(field, match_keys);
  if (!table.is_map()) return;
  const auto annotations = table.find("annotations"), mounts = table.find("mounts");
  if (annotations) read_annotations(*annotations, match);
  if (mounts) read_mounts(*mounts, match);
  const auto is_bare = [](const std::optional<Field>& part) { return !part || part->node->children.empty(); };
  const bool is_well_formed = (!annotations || annotations->node->kind == Node::Kind::map) &&
                              (!mounts || mounts->node->kind == Node::Kind::list);
  if (is_well_formed && is_bare(annotations) && is_bare(mounts))
    field.refuse("would match every container; give annotations or mounts");
}

void read_ready(const Field& field, std::span<const Socket> sockets, Ready& ready) {
  const Table table(field, ready_keys);
  if (const auto when = table.find("when")) read_when(*when, sockets, ready);
  table.read("timeout", read_some_duration, ready.timeout);
}

}  // namespace manifests
