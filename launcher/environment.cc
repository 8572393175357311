#include "launcher/environment.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstddef>

#include "manifests/substitute.h"

namespace launcher {
namespace {

constexpr std::string_view listen_pid = "LISTEN_PID=";
constexpr std::string_view listen_pidfd = "LISTEN_PIDFDID=";
constexpr std::string_view default_path = "/bin:/usr/bin";

bool is_named(std::string_view entry, std::string_view name) {
  return entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=';
}

std::string_view value_of(char* const* entries, std::string_view name) {
  for (; *entries != nullptr; ++entries)
    if (is_named(*entries, name)) return std::string_view(*entries).substr(name.size() + 1);
  return {};
}

std::string replaced(std::string_view text, const EnvironmentChange& change) {
  return change.manifest == nullptr ? std::string(text) : manifests::substitute(text, *change.manifest);
}

bool descriptors_are_of(pid_t launcher, char* const* given) {
  const auto text = value_of(given, "LISTEN_PID");
  pid_t pid = 0;
  const auto end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, pid);
  return error == std::errc{} && stopped == end && pid == launcher && !value_of(given, "LISTEN_FDS").empty();
}

}  // namespace

Environment::Environment(char* const* given, const EnvironmentChange& change) {
  std::size_t count = change.set.size() + 2;
  for (auto entry = given; *entry != nullptr; ++entry) ++count;
  entries_.reserve(count);
  changed_.reserve(count);  // entries_ points into these: they must not move

  has_listen_pid_ = change.gives_listeners || descriptors_are_of(change.launcher, given);
  for (; *given != nullptr; ++given) add(*given, change);
  if (change.gives_listeners) entries_.push_back(listen_pid_.data());
  for (const auto& [name, value] : change.set)
    entries_.push_back(changed_.emplace_back(name + "=" + replaced(value, change)).data());
  entries_.push_back(nullptr);
}

void Environment::add(const char* entry, const EnvironmentChange& change) {
  const std::string_view text = entry;
  const auto is_replaced = [&](const auto& variable) { return is_named(text, variable.first); };
  if (std::any_of(change.set.begin(), change.set.end(), is_replaced)) return;
  if (has_listen_pid_ && text.starts_with(listen_pidfd)) return;
  if (has_listen_pid_ && text.starts_with(listen_pid)) {
    if (!change.gives_listeners) entries_.push_back(listen_pid_.data());
    return;
  }
  if (change.manifest == nullptr || text.find('{') == text.npos)
    entries_.push_back(const_cast<char*>(entry));
  else
    entries_.push_back(changed_.emplace_back(replaced(text, change)).data());
}

void Environment::set_listen_pid() noexcept {
  const auto digits = std::copy(listen_pid.begin(), listen_pid.end(), listen_pid_.begin());
  *std::to_chars(digits, listen_pid_.data() + listen_pid_.size() - 1, getpid()).ptr = '\0';
}

std::string_view Environment::path() const noexcept {
  for (const char* entry : entries_)
    if (entry != nullptr && std::string_view(entry).starts_with("PATH=")) return entry + 5;
  return default_path;
}

}  // namespace launcher
