#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace manifests {

inline constexpr int last_signal = 64;

/// "TERM", "SIGTERM", "15", "RTMIN+3" or "RTMAX-1" as a number from 1 to 64. Pure.
std::optional<int> signal_number(std::string_view text);

/// "TERM", "RTMIN+3"; the two that have no name (32 and 33, glibc keeps them) as their number. Pure.
std::string signal_name(int number);

}  // namespace manifests
