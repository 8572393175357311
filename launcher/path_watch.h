#pragma once

#include <poll.h>
#include <sys/types.h>

#include <optional>
#include <span>
#include <vector>

#include "launcher/listeners.h"
#include "ownership/claim.h"
#include "ownership/fd.h"
#include "ownership/patience.h"

namespace launcher {

/// Sees to it that the paths lead to our listeners: what a careless rm(1) or a second server did to them is undone, under
/// the lease. inotify(7) tells of changes at once, a slow look of those that it cannot see.
///
///   at the path              done
///   nothing, a stale socket  published again
///   a stranger's socket      published again; the stranger is ended where the manifest says so
///   anything else            left there, with a warning: what is not a socket is never removed
class PathWatch {
 public:
  /// All must outlive it.
  PathWatch(const ownership::Claim& claim, const std::vector<Listener>& listeners,
            const ownership::SettleRules& rules) noexcept
      : claim_(claim), listeners_(listeners), rules_(rules) {}

  /// Begins to watch, where there are listeners of ours; without inotify the slow look alone remains. Never fails.
  void open() noexcept;
  void close() noexcept;

  std::size_t watch(std::span<pollfd> room) const noexcept;
  std::optional<ownership::Deadline> next_look() const noexcept;
  /// Looks where it is time or `ready` says so. `web` is the top of our own tree, which is no stranger. Never waits.
  void look(std::span<const pollfd> ready, pid_t web) noexcept;

 private:
  /// One that was sent TERM.
  struct Stranger {
    ownership::Fd pidfd;
    pid_t pid;
    ownership::Deadline kill_at;
  };

  void stop_watching() noexcept;
  void read_events() noexcept;
  void repair(const Listener& listener, pid_t web);
  bool clear_displaced(const Listener& listener, pid_t web);
  void lose(const ownership::Place& place);
  void end_strangers(const ownership::Place& place, const ownership::Sighting& seen, pid_t web);
  void kill_the_late() noexcept;

  const ownership::Claim& claim_;
  const std::vector<Listener>& listeners_;
  ownership::SettleRules rules_;
  ownership::Fd changes_;
  int last_watch_ = 0;
  bool is_open_ = false;
  bool has_warned_ = false;
  ownership::Deadline next_look_{};
  std::vector<Stranger> strangers_;
};

}  // namespace launcher
