#pragma once

#include <chrono>
#include <functional>

namespace support {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// Looks every millisecond until `fact` holds; false when it does not within `limit`. The limit is for what is broken:
/// what works takes as long as it takes.
bool wait_until(const std::function<bool()>& fact, std::chrono::milliseconds limit = 10s);

/// How long `act` took.
std::chrono::milliseconds duration_of(const std::function<void()>& act);

}  // namespace support
