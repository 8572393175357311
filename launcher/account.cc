#include "launcher/account.h"

#include <charconv>
#include <fstream>
#include <string_view>

namespace launcher {
namespace {

std::optional<std::uint32_t> to_number(std::string_view text) {
  std::uint32_t number = 0;
  const auto end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  return error == std::errc{} && stopped == end ? std::optional(number) : std::nullopt;
}

/// `name:password:number:…`, as passwd(5) and group(5) have it.
std::optional<std::uint32_t> number_in(const char* file, const std::string& account) {
  if (const auto number = to_number(account)) return number;
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    std::string_view rest = line;
    if (!rest.starts_with(account) || rest.substr(account.size(), 1) != ":") continue;
    rest.remove_prefix(account.size() + 1);
    const auto password = rest.find(':');
    if (password == rest.npos) continue;
    rest.remove_prefix(password + 1);
    if (const auto number = to_number(rest.substr(0, rest.find(':')))) return number;
  }
  return std::nullopt;
}

}  // namespace

std::optional<uid_t> user_number(const std::string& account) { return number_in("/etc/passwd", account); }
std::optional<gid_t> group_number(const std::string& account) { return number_in("/etc/group", account); }

}  // namespace launcher
