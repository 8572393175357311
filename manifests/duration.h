#pragma once

#include <chrono>
#include <expected>
#include <string>
#include <string_view>

namespace manifests {

inline constexpr std::chrono::hours longest_duration{24};

/// "300ms", "8s", "2m", "1h": a whole number and its unit, at most 24 h. Else what is wrong. Pure.
std::expected<std::chrono::milliseconds, std::string> to_duration(std::string_view text);

/// In the largest unit that says it without a fraction. Pure.
std::string to_text(std::chrono::milliseconds duration);

}  // namespace manifests
