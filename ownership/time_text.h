#pragma once

#include <array>
#include <ctime>

namespace ownership {

/// RFC 3339 in UTC, with milliseconds. Pure: gmtime_r(3) and strftime(3) would read the time zone files first.
std::array<char, 24> format_time(const timespec& when) noexcept;

}  // namespace ownership
