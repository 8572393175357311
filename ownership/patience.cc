#include "ownership/patience.h"

#include <poll.h>

#include <algorithm>
#include <array>

namespace ownership {
namespace {

/// For poll(2), which counts milliseconds in an int; rounded up, so that nobody spins through the last one.
int poll_timeout(Deadline end) noexcept {
  using std::chrono::milliseconds;
  constexpr milliseconds longest{3'600'000};
  const auto now = Clock::now();
  if (end <= now) return 0;
  if (end - now > longest) return static_cast<int>(longest.count());
  return static_cast<int>(std::chrono::ceil<milliseconds>(end - now).count());
}

}  // namespace

Patience Patience::until(Deadline earlier) const noexcept {
  Patience shorter = *this;
  shorter.end_ = std::min(end_, earlier);
  return shorter;
}

Woke Patience::wait(int fd, short events) const noexcept {
  while (true) {
    std::array<pollfd, 2> watched{{{fd, events, 0}, {wake_, POLLIN, 0}}};
    if (poll(watched.data(), watched.size(), poll_timeout(end_)) < 0) {
      watched[0].revents = watched[1].revents = 0;
    }
    if (watched[1].revents != 0 && (minded_ == nullptr || minded_(context_))) return Woke::interrupted;
    if (watched[0].revents != 0) return Woke::ready;
    if (is_over()) return Woke::timed_out;
  }
}

Woke Patience::pause(std::chrono::milliseconds length) const noexcept {
  return until(Clock::now() + length).wait(-1, 0);
}

}  // namespace ownership
