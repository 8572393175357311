#include "manifests/duration.h"

#include <array>
#include <charconv>
#include <cstdint>

namespace manifests {
namespace {

struct Unit {
  std::string_view text;
  std::int64_t milliseconds;
};
constexpr std::array<Unit, 4> units{{{"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};

constexpr std::string_view unitless = "a duration needs a unit: ms, s, m or h, as in 300ms, 8s, 2m, 1h";
constexpr std::string_view malformed = "expected a whole number and a unit (ms, s, m, h), as in 300ms, 8s, 2m, 1h";
constexpr std::string_view too_long = "longer than 24h";

}  // namespace

std::expected<std::chrono::milliseconds, std::string> to_duration(std::string_view text) {
  std::int64_t number = 0;
  const auto end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc::invalid_argument || text.starts_with('-')) return std::unexpected(std::string(malformed));
  const std::string_view suffix(stopped, end);
  if (suffix.empty()) return std::unexpected(std::string(unitless));
  for (const auto& unit : units) {
    if (suffix != unit.text) continue;
    const auto most = std::chrono::milliseconds(longest_duration).count() / unit.milliseconds;
    if (error != std::errc{} || number > most) return std::unexpected(std::string(too_long));
    return std::chrono::milliseconds(number * unit.milliseconds);
  }
  return std::unexpected(std::string(malformed));
}

std::string to_text(std::chrono::milliseconds duration) {
  const auto count = duration.count();
  if (count == 0) return "0s";
  for (const auto& unit : units)
    if (count % unit.milliseconds == 0) return std::to_string(count / unit.milliseconds) + std::string(unit.text);
  return {};
}

}  // namespace manifests
