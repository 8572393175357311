#include <algorithm>
#include <charconv>
#include <limits>
#include <map>
#include <utility>

#include "manifests/limits.h"
#include "manifests/path.h"
#include "manifests/sections.h"
#include "manifests/words.h"

namespace manifests {
namespace {

/// What stands where already, by path and by name: the key path of the entry.
struct Taken {
  std::map<std::string, std::string, std::less<>> paths, names;
};

std::optional<std::string> read_path(const Field& field, std::size_t most_bytes, Taken& taken) {
  const auto text = read_text(field);
  if (!text) return std::nullopt;
  auto path = to_path(*text, most_bytes);
  if (!path) return field.refuse(path.error()), std::nullopt;
  const auto [first, is_new] = taken.paths.try_emplace(*path, field.path);
  if (!is_new) return field.refuse("the same path as " + first->second), std::nullopt;
  return *std::move(path);
}

/// As sd_listen_fds_with_names(3) has it, and without the braces that enclose a placeholder.
bool is_socket_name(std::string_view name) {
  return !name.empty() && name.size() <= max_socket_name && std::all_of(name.begin(), name.end(), [](char c) {
    return c >= ' ' && c < 0x7f && c != ':' && c != '{' && c != '}';
  });
}

void take_name(const Field& field, std::string name, bool is_given, Socket& socket, Taken& taken) {
  const auto whence = is_given ? "" : "; set name, which is otherwise made of the file name";
  if (!is_socket_name(name))
    return field.refuse(quote(name) +
                        " is no socket name: 1 to 255 printable ASCII characters without ':', '{' and '}'" + whence);
  const auto [first, is_new] = taken.names.try_emplace(name, field.path);
  if (!is_new) return field.refuse("the name " + quote(name) + " is that of " + first->second + whence);
  socket.name = std::move(name);
}

void read_name(const Table& table, Socket& socket, Taken& taken) {
  const auto given = table.find("name");
  if (given) {
    if (auto name = read_text(*given)) take_name(*given, *std::move(name), true, socket, taken);
  } else if (!socket.path.empty()) {
    take_name(*table.find("path"), stem_of(socket.path), false, socket, taken);
  }
}

std::optional<std::optional<mode_t>> read_mode(const Field& field) {
  const auto text = read_text(field);
  if (!text) return std::nullopt;
  constexpr std::string_view form = "expected an octal mode from \"0000\" to \"0777\"";
  mode_t mode = 0;
  const auto end = text->data() + text->size();
  const auto [stopped, error] = std::from_chars(text->data(), end, mode, 8);
  const bool is_mode = error == std::errc{} && stopped == end && text->size() >= 3 && text->size() <= 4 && mode <= 0777;
  if (!is_mode) return field.refuse(std::string(form) + ", got " + quote(*text)), std::nullopt;
  if (field.node->kind == Node::Kind::quoted) return mode;
  const std::string_view zero = text->size() == 3 ? "0" : "";
  field.refuse(std::string("put it in quotes, since YAML reads a number here: \"").append(zero).append(*text) + '"');
  return std::nullopt;
}

/// A user or group: its name, or its number.
std::optional<std::string> read_account(const Field& field) {
  auto text = read_filled_text(field);
  if (!text) return std::nullopt;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  std::uint32_t number = 0;
  const auto end = text->data() + text->size();
  const auto [stopped, error] = std::from_chars(text->data(), end, number);
  const bool is_number = std::all_of(text->begin(), text->end(), is_digit);
  // chown(2) reads the greatest number as "leave it".
  if (is_number && (error != std::errc{} || stopped != end || number == std::numeric_limits<std::uint32_t>::max()))
    return field.refuse(quote(*text) + " is no user or group number: 0 to 4294967294"), std::nullopt;
  const auto is_bad = [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == 0x7f || c == ':' || c == ',' || c == '/';
  };
  if (text->size() > 256 || text->starts_with('-') || std::any_of(text->begin(), text->end(), is_bad))
    return field.refuse(quote(*text) + " is no name or number of a user or group"), std::nullopt;
  return text;
}

std::optional<int> read_backlog(const Field& field) {
  const auto backlog = read_whole_number(field, 1, std::numeric_limits<int>::max());
  return backlog ? std::optional(static_cast<int>(*backlog)) : std::nullopt;
}

Socket read_socket(const Field& field, Taken& taken) {
  Socket socket;
  const Table table(field, socket_keys);
  if (!table.is_map()) return socket;
  if (const auto path = table.require("path", "is missing"))
    socket.path = read_path(*path, max_socket_path, taken).value_or("");
  read_name(table, socket, taken);
  table.read(
      "type", [](const Field& each) { return read_word(each, socket_types); }, socket.type);
  table.read(
      "activation", [](const Field& each) { return read_word(each, activations); }, socket.activation);
  table.read("mode", read_mode, socket.mode);
  table.read("user", read_account, socket.user);
  table.read("group", read_account, socket.group);
  table.read("backlog", read_backlog, socket.backlog);
  return socket;
}

std::vector<Field> items_of(const std::optional<Field>& list) { return list ? read_list(*list) : std::vector<Field>{}; }

}  // namespace

void read_claims(const Table& table, Manifest& manifest) {
  const auto sockets = table.find("sockets"), pid_files = table.find("pid_files");
  const auto socket_items = items_of(sockets), pid_file_items = items_of(pid_files);
  const auto is_bare = [](const std::optional<Field>& list) {
    return !list || (list->node->kind == Node::Kind::list && list->node->children.empty());
  };
  if (is_bare(sockets) && is_bare(pid_files)) return table.field().refuse("at least one socket or pid file is needed");
  if (socket_items.size() + pid_file_items.size() > max_claims)
    return (sockets && !socket_items.empty() ? *sockets : *pid_files).refuse("more than 64 sockets and pid files");

  Taken taken;
  for (const auto& item : socket_items) manifest.sockets.push_back(read_socket(item, taken));
  for (const auto& item : pid_file_items)
    if (auto path = read_path(item, max_pid_file_path, taken)) manifest.pid_files.push_back(*std::move(path));
}

}  // namespace manifests
