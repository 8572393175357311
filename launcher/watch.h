#pragma once

#include <poll.h>

#include <algorithm>
#include <span>

namespace launcher {

/// Whether poll(2) reported anything for `descriptor`.
inline bool is_ready(std::span<const pollfd> polled, int descriptor) noexcept {
  return descriptor >= 0 && std::any_of(polled.begin(), polled.end(), [&](const pollfd& entry) {
           return entry.fd == descriptor && entry.revents != 0;
         });
}

}  // namespace launcher
