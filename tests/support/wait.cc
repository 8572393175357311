#include "tests/support/wait.h"

#include <poll.h>

namespace support {

bool wait_until(const std::function<bool()>& fact, std::chrono::milliseconds limit) {
  const auto end = Clock::now() + limit;
  while (!fact()) {
    if (Clock::now() >= end) return fact();
    poll(nullptr, 0, 1);
  }
  return true;
}

std::chrono::milliseconds duration_of(const std::function<void()>& act) {
  const auto start = Clock::now();
  act();
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
}

}  // namespace support
