#include "launcher/path_watch.h"

#include <signal.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <utility>

#include "launcher/watch.h"
#include "ownership/holders.h"
#include "ownership/log.h"
#include "ownership/look.h"
#include "ownership/process.h"

namespace launcher {
namespace {

using ownership::Clock;
namespace log = ownership::log;

constexpr std::chrono::seconds slow_look{10}, look_without_inotify{1};
constexpr int reads_at_once = 16;
constexpr std::uint32_t changes_of_names = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO;

bool send(int pidfd, int number) noexcept { return syscall(SYS_pidfd_send_signal, pidfd, number, nullptr, 0) == 0; }

/// Whether `pid` is `top` or descends from it.
bool is_of_tree(pid_t pid, pid_t top) noexcept {
  for (int depth = 0; depth < 64 && pid > 1; ++depth) {
    if (pid == top) return true;
    const auto status = ownership::read_process_status(pid);
    if (!status) return false;
    pid = status->parent;
  }
  return false;
}

}  // namespace

void PathWatch::open() noexcept {
  if (listeners_.empty() || is_open_) return;
  is_open_ = true;
  changes_.reset(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  for (const auto& listener : listeners_) {
    std::array<char, 32> path;
    std::snprintf(path.data(), path.size(), "/proc/self/fd/%d", claim_.holdings[listener.holding].place.directory.get());
    const int watch = changes_ ? inotify_add_watch(changes_.get(), path.data(), changes_of_names) : -1;
    if (watch < 0) {
      stop_watching();
      break;
    }
    last_watch_ = std::max(last_watch_, watch);
  }
  next_look_ = Clock::now();  // for what happened before
}

void PathWatch::close() noexcept {
  is_open_ = false;
  stop_watching();
}

/// close(2) of a descriptor that still watches waits for the kernel's SRCU, up to 20 ms in which nobody is heard; of
/// one that watches nothing it is free. The kernel numbers watches from 1, and two of one directory alike.
void PathWatch::stop_watching() noexcept {
  for (int watch = 1; changes_ && watch <= last_watch_; ++watch) inotify_rm_watch(changes_.get(), watch);
  last_watch_ = 0;
  changes_.reset();
}

std::size_t PathWatch::watch(std::span<pollfd> room) const noexcept {
  if (!changes_) return 0;
  room[0] = {changes_.get(), POLLIN, 0};
  return 1;
}

std::optional<ownership::Deadline> PathWatch::next_look() const noexcept {
  auto first = is_open_ ? std::optional(next_look_) : std::nullopt;
  for (const auto& stranger : strangers_) first = first ? std::min(*first, stranger.kill_at) : stranger.kill_at;
  return first;
}

void PathWatch::look(std::span<const pollfd> ready, pid_t web) noexcept try {
  kill_the_late();
  const bool has_changed = is_ready(ready, changes_.get());
  if (!is_open_ || (!has_changed && Clock::now() < next_look_)) return;
  if (has_changed) read_events();
  next_look_ = Clock::now() + (changes_ ? slow_look : look_without_inotify);
  bool is_right = true;
  for (const auto& listener : listeners_) {
    if (is_published(listener, claim_.holdings[listener.holding])) continue;
    is_right = false;
    repair(listener, web);
  }
  if (is_right) has_warned_ = false;
} catch (const std::exception&) {
  // Without memory there is the next look.
}

void PathWatch::read_events() noexcept {
  // What is left by one who makes events faster than we read them is read the next time.
  std::array<char, 4096> room;
  for (int i = 0; i < reads_at_once && read(changes_.get(), room.data(), room.size()) > 0; ++i) continue;
}

void PathWatch::repair(const Listener& listener, pid_t web) {
  const auto& holding = claim_.holdings[listener.holding];
  const auto seen = ownership::look(holding.place.directory.get(), holding.place.name.c_str());
  if (seen.entry == ownership::Entry::other || seen.entry == ownership::Entry::unknown) return lose(holding.place);
  const auto exchanged = exchange_listener(listener, holding);
  // A file system that cannot exchange: what is bound in this very moment is replaced.
  if (exchanged == Exchanged::failed && errno == EINVAL && publish_listener(listener, holding)) {
    if (seen.bound == ownership::Bound::somebody) end_strangers(holding.place, seen, web);
    log::notice("published again", holding.place.path, "another socket stood there");
    return;
  }
  if (exchanged == Exchanged::failed) {
    if (errno == EEXIST || errno == ENOENT)
      next_look_ = Clock::now();  // somebody is as fast as we are
    else if (!std::exchange(has_warned_, true))
      log::warning("cannot publish again", holding.place.path, strerrordesc_np(errno));
    return;
  }
  const bool was_gone = exchanged == Exchanged::free_path;
  if (!was_gone && !clear_displaced(listener, web)) return lose(holding.place);
  log::notice("published again", holding.place.path, was_gone ? "it was gone" : "another socket stood there");
}

void PathWatch::lose(const ownership::Place& place) {
  if (!std::exchange(has_warned_, true))
    log::warning("lost the path", place.path, "what stands there now is no socket, and is not removed");
}

/// Looks at what was moved from the path: after a rename(2) a bind(2) that was under way is done, and its server known.
/// False where it is no socket, and was put back.
bool PathWatch::clear_displaced(const Listener& listener, pid_t web) {
  const auto& holding = claim_.holdings[listener.holding];
  const auto name = displaced_name(listener);
  const auto seen = ownership::look(holding.records.get(), name.data());
  if (seen.entry == ownership::Entry::socket && seen.bound == ownership::Bound::somebody)
    end_strangers(holding.place, seen, web);
  if (seen.entry == ownership::Entry::socket) return unlinkat(holding.records.get(), name.data(), 0), true;
  put_back(listener, holding);
  return false;
}

void PathWatch::end_strangers(const ownership::Place& place, const ownership::Sighting& seen, pid_t web) {
  auto holders = ownership::find_holders(seen.identity, place.name, ownership::Reach::own_namespaces);
  for (auto& holder : holders.list) {
    const auto name = holder.status.name();
    if (is_of_tree(holder.pid, web)) {
      log::warning("the web process made a socket of its own at", place.path, "it is given one and does not use it",
                   {{"pid", holder.pid}, {"command", name}});
      continue;
    }
    if (!rules_.evict_strangers || holder.pid == 1 || ownership::is_above_us(holder.pid)) {
      log::warning("a stranger has served", place.path, "", {{"pid", holder.pid}, {"command", name}});
      continue;
    }
    if (!send(holder.pidfd.get(), SIGTERM)) continue;
    send(holder.pidfd.get(), SIGCONT);
    log::notice("evicting a stranger from", place.path, "it served without a lease",
                {{"pid", holder.pid}, {"command", name}});
    strangers_.push_back({std::move(holder.pidfd), holder.pid, Clock::now() + rules_.grace});
  }
}

void PathWatch::kill_the_late() noexcept {
  std::erase_if(strangers_, [](const Stranger& stranger) {
    pollfd end{stranger.pidfd.get(), POLLIN, 0};
    if (poll(&end, 1, 0) > 0) return true;
    if (Clock::now() < stranger.kill_at) return false;
    log::warning("killed a stranger", "", "it did not end within stop.grace", {{"pid", stranger.pid}});
    send(stranger.pidfd.get(), SIGKILL);
    return true;
  });
}

}  // namespace launcher
