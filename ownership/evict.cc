#include "ownership/evict.h"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "ownership/holders.h"
#include "ownership/log.h"

namespace ownership {
namespace {

using std::chrono::milliseconds;

Error held(const Place& place, std::string why, std::string advice) {
  return {ExitCode::held, "cannot clear", place.path, std::move(why), std::move(advice)};
}

/// The strangers of one socket, from the first signal to the last death.
class Eviction {
 public:
  Eviction(const Place& place, const Sighting& seen, milliseconds grace, const Patience& patience) noexcept
      : place_(place), seen_(seen), kill_at_(Clock::now() + grace), patience_(patience) {}

  Result<void> run() {
    int rounds_without = 0;
    while (true) {
      int reason = 0;
      const auto bound = knock(place_.directory.get(), place_.name.c_str(), seen_, reason);
      if (bound == Bound::nobody) return {};
      if (bound == Bound::unknown)
        return std::unexpected(system_error("cannot look at", place_.path, reason, ExitCode::not_permitted));
      auto found = find_holders(seen_.identity, place_.name);
      if (found.list.empty()) {
        // It may have ended, or passed the socket on to a fresh child, while we searched.
        if (++rounds_without > most_rounds_without) return std::unexpected(unfound(found));
        if (patience_.pause(milliseconds(5)) == Woke::interrupted) return std::unexpected(interrupted());
        continue;
      }
      rounds_without = 0;
      if (auto ended = end_all(found.list); !ended) return ended;
    }
  }

 private:
  static constexpr int most_rounds_without = 10;

  Error unfound(const Holders& found) const {
    return held(place_, why_unfound(found) + " serves it without a lease", "stop the process that serves it");
  }

  Result<void> end_all(const std::vector<Holder>& strangers) {
    for (const auto& stranger : strangers)
      if (stranger.pid == 1 || is_above_us(stranger.pid))
        return std::unexpected(held(place_, describe(strangers) + " serves it without a lease, and is not ours to end",
                                    "stop it, or start it under solinit"));
    const bool is_grace_over = Clock::now() >= kill_at_;
    for (const auto& stranger : strangers)
      if (auto sent = signal(stranger, is_grace_over); !sent) return sent;
    const auto patience = is_grace_over ? patience_ : patience_.until(kill_at_);
    for (const auto& stranger : strangers) {
      const auto woke = patience.wait(stranger.pidfd.get(), POLLIN);
      if (woke == Woke::interrupted) return std::unexpected(interrupted());
      if (woke == Woke::timed_out) break;
      log::notice(
          "evicted a stranger from", place_.path, "it served without a lease",
          {{"pid", stranger.pid}, {"command", stranger.status.name()}, {"signal", is_grace_over ? "KILL" : "TERM"}});
    }
    if (patience_.is_over())
      return std::unexpected(held(place_, describe(strangers) + " did not end within takeover.patience",
                                  "stop it, or set a longer takeover.patience"));
    return {};
  }

  Result<void> signal(const Holder& stranger, bool is_grace_over) {
    if (!is_grace_over && was_asked(stranger)) return {};
    // A stopped process acts on TERM only when it goes on.
    const bool is_sent = is_grace_over ? send(stranger, SIGKILL) : send(stranger, SIGTERM) && send(stranger, SIGCONT);
    if (!is_sent)
      return std::unexpected(held(
          place_,
          describe_one(stranger) + " serves it without a lease, and cannot be signalled: " + strerrordesc_np(errno),
          "stop it, or start solinit as its user"));
    asked_.emplace_back(stranger.pid, stranger.status.started);
    return {};
  }

  static bool send(const Holder& stranger, int number) noexcept {
    // glibc 2.36 declares pidfd_send_signal(2) without C linkage.
    return syscall(SYS_pidfd_send_signal, stranger.pidfd.get(), number, nullptr, 0) == 0 || errno == ESRCH;
  }
  static std::string describe_one(const Holder& stranger) {
    return std::string(stranger.status.name()) + " pid=" + std::to_string(stranger.pid);
  }
  bool was_asked(const Holder& stranger) const {
    return std::find(asked_.begin(), asked_.end(), std::pair(stranger.pid, stranger.status.started)) != asked_.end();
  }

  const Place& place_;
  const Sighting& seen_;
  Deadline kill_at_;
  const Patience& patience_;
  std::vector<std::pair<pid_t, std::uint64_t>> asked_;
};

}  // namespace

Result<void> evict(const Place& place, const Sighting& seen, milliseconds grace, const Patience& patience) {
  return Eviction(place, seen, grace, patience).run();
}

Error refuse_stranger(const Place& place, const Sighting& seen) {
  const auto found = find_holders(seen.identity, place.name);
  const auto who = found.list.empty() ? why_unfound(found) : describe(found.list);
  return held(place, who + " serves it without a lease", "stop it, or set takeover.strangers: evict");
}

}  // namespace ownership
