#include "manifests/signal_names.h"

#include <charconv>
#include <csignal>
#include <cstring>

namespace manifests {
namespace {

constexpr int last_standard = 31;

/// Digits alone.
std::optional<int> number_in(std::string_view text, int least, int most) {
  int number = 0;
  const auto end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (text.starts_with('-') || error != std::errc{} || stopped != end || number < least || number > most)
    return std::nullopt;
  return number;
}

std::optional<int> real_time_number(std::string_view name) {
  const bool from_below = name.starts_with("RTMIN");
  if (!from_below && !name.starts_with("RTMAX")) return std::nullopt;
  const auto rest = name.substr(5);
  const int base = from_below ? SIGRTMIN : SIGRTMAX;
  if (rest.empty()) return base;
  const auto offset = number_in(rest.substr(1), 0, SIGRTMAX - SIGRTMIN);
  if (!offset || rest.front() != (from_below ? '+' : '-')) return std::nullopt;
  return from_below ? base + *offset : base - *offset;
}

}  // namespace

std::optional<int> signal_number(std::string_view text) {
  if (const auto number = number_in(text, 1, last_signal)) return number;
  if (text.starts_with("SIG")) text.remove_prefix(3);
  for (int number = 1; number <= last_standard; ++number) {
    const char* const name = sigabbrev_np(number);
    if (name != nullptr && text == name) return number;
  }
  return real_time_number(text);
}

std::string signal_name(int number) {
  if (number == SIGRTMIN) return "RTMIN";
  if (number > SIGRTMIN && number <= SIGRTMAX) return "RTMIN+" + std::to_string(number - SIGRTMIN);
  const char* const name = sigabbrev_np(number);
  return name == nullptr ? std::to_string(number) : name;
}

}  // namespace manifests
