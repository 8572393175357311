#include "ownership/evict.h"

#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
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

/// Whose end is wanted, and when it is reached.
struct Quarry {
  const Place& place;
  const char* deed;  ///< what they do to it
  const char* past;  ///< what they did to it, once they are gone
  std::function<Result<bool>()> is_free;
  std::function<Holders()> find;
  bool asks_top_only = false;
  const char* told = "evicted a stranger from";  ///< the notice of an end
};

/// From the first signal to the last death.
class Eviction {
 public:
  Eviction(const Quarry& quarry, const SettleRules& rules, const Patience& patience) noexcept
      : quarry_(quarry), rules_(rules), kill_at_(Clock::now() + rules.grace), patience_(patience) {}

  Result<void> run() {
    int rounds_without = 0;
    while (true) {
      const auto is_free = quarry_.is_free();
      if (!is_free) return std::unexpected(is_free.error());
      if (*is_free) return {};
      auto found = quarry_.find();
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

  Error refusal(const std::string& who, std::string_view why, std::string advice) const {
    return held(quarry_.place, who + " " + quarry_.deed + std::string(why), std::move(advice));
  }
  Error unfound(const Holders& found) const {
    return refusal(why_unfound(found), "", std::string("stop the process that ") + quarry_.deed);
  }

  bool may_end(const Holder& holder) const {
    if (holder.pid == 1 || is_above_us(holder.pid)) return false;
    return !rules_.may_end || rules_.may_end(holder);
  }

  /// Before the grace is over a launcher is asked, not what it will stop in its own way.
  static bool is_below_another(const Holder& holder, const std::vector<Holder>& all) {
    return std::any_of(all.begin(), all.end(),
                       [&](const Holder& other) { return other.pid == holder.status.parent; });
  }

  Result<void> end_all(const std::vector<Holder>& holders) {
    for (const auto& holder : holders)
      if (!may_end(holder))
        return std::unexpected(
            refusal(describe(holders), ", and is not ours to end",
                    rules_.reach == Reach::whole_host ? "stop it: only containers of the same owner are ended"
                                                      : "stop it, or start it under solinit"));
    const bool is_grace_over = Clock::now() >= kill_at_;
    for (const auto& holder : holders) {
      if (quarry_.asks_top_only && !is_grace_over && is_below_another(holder, holders)) continue;
      if (auto sent = signal(holder, is_grace_over); !sent) return sent;
    }
    const auto patience = is_grace_over ? patience_ : patience_.until(kill_at_);
    for (const auto& holder : holders) {
      const auto woke = patience.wait(holder.pidfd.get(), POLLIN);
      if (woke == Woke::interrupted) return std::unexpected(interrupted());
      if (woke == Woke::timed_out) break;
      tell(holder, is_grace_over);
    }
    if (patience_.is_over())
      return std::unexpected(held(quarry_.place, describe(holders) + " did not end within takeover.patience",
                                  "stop it, or set a longer takeover.patience"));
    return {};
  }

  void tell(const Holder& holder, bool is_grace_over) const {
    const char* const signal = is_grace_over ? "KILL" : "TERM";
    const auto& container = holder.residence.container;
    if (container.empty())
      log::notice(quarry_.told, quarry_.place.path, quarry_.past,
                  {{"pid", holder.pid}, {"command", holder.status.name()}, {"signal", signal}});
    else
      log::notice(quarry_.told, quarry_.place.path, quarry_.past,
                  {{"pid", holder.pid},
                   {"command", holder.status.name()},
                   {"container", std::string_view(container).substr(0, 12)},
                   {"signal", signal}});
  }

  Result<void> signal(const Holder& holder, bool is_grace_over) {
    if (!is_grace_over && was_asked(holder)) return {};
    // A stopped process acts on TERM only when it goes on.
    const bool is_sent = is_grace_over ? send(holder, SIGKILL) : send(holder, SIGTERM) && send(holder, SIGCONT);
    if (!is_sent)
      return std::unexpected(refusal(describe_one(holder),
                                     std::string(", and cannot be signalled: ") + strerrordesc_np(errno),
                                     "stop it, or start solinit as its user"));
    asked_.emplace_back(holder.pid, holder.status.started);
    return {};
  }

  static bool send(const Holder& holder, int number) noexcept {
    // glibc 2.36 declares pidfd_send_signal(2) without C linkage.
    return syscall(SYS_pidfd_send_signal, holder.pidfd.get(), number, nullptr, 0) == 0 || errno == ESRCH;
  }
  static std::string describe_one(const Holder& holder) {
    return std::string(holder.status.name()) + " pid=" + std::to_string(holder.pid);
  }
  bool was_asked(const Holder& holder) const {
    return std::find(asked_.begin(), asked_.end(), std::pair(holder.pid, holder.status.started)) != asked_.end();
  }

  const Quarry& quarry_;
  const SettleRules& rules_;
  Deadline kill_at_;
  const Patience& patience_;
  std::vector<std::pair<pid_t, std::uint64_t>> asked_;
};

Result<bool> is_unbound(const Place& place, const Sighting& seen) {
  int reason = 0;
  const auto bound = knock(place.directory.get(), place.name.c_str(), seen, reason);
  if (bound == Bound::unknown)
    return std::unexpected(system_error("cannot look at", place.path, reason, ExitCode::not_permitted));
  return bound == Bound::nobody;
}

bool has_fallen(int lease) noexcept {
  if (flock(lease, LOCK_EX | LOCK_NB) != 0) return false;
  flock(lease, LOCK_UN);
  return true;
}

}  // namespace

Result<void> evict(const Place& place, const Sighting& seen, const SettleRules& rules, const Patience& patience) {
  const Quarry quarry{place, "serves it without a lease", "it served without a lease",
                      [&] { return is_unbound(place, seen); },
                      [&] { return find_holders(seen.identity, place.name, rules.reach); }};
  return Eviction(quarry, rules, patience).run();
}

Result<void> evict_lease_holders(const Busy& busy, const SettleRules& rules, const Patience& patience) {
  const Quarry quarry{busy.place,
                      "holds its lease",
                      "it held the lease and had to go",
                      [&]() -> Result<bool> { return has_fallen(busy.lease.get()); },
                      [&] { return find_lease_holders(busy.lease.get(), rules.reach); },
                      true,
                      "ended a holder of the lease of"};
  return Eviction(quarry, rules, patience).run();
}

Result<bool> evict_heirs(const Busy& busy, const SettleRules& rules, const Patience& patience) {
  const auto find = [&] { return find_heirs(busy.lease.get()); };
  if (find().list.empty()) return false;
  const Quarry quarry{busy.place, "outlived its launcher", "it outlived its launcher",
                      [&]() -> Result<bool> { return find().list.empty(); }, find};
  auto ended = Eviction(quarry, rules, patience).run();
  if (!ended) return std::unexpected(std::move(ended.error()));
  return true;
}

Result<void> evict_bearer(const Place& place, const std::function<PidFileSighting()>& look, const SettleRules& rules,
                          const Patience& patience) {
  const auto find = [&] {
    Holders found{{}, rules.reach};
    const pid_t pid = look().bearer;
    const auto status = pid > 0 ? read_process_status(pid) : std::nullopt;
    auto holder = status ? pin_process(pid, *status) : std::nullopt;
    // The number again, now that it can be nobody else's.
    if (!holder || look().bearer != pid) return found;
    holder->residence = residence_of(pid);
    found.list.push_back(std::move(*holder));
    return found;
  };
  const Quarry quarry{place, "has its number", "its number stood there",
                      [&]() -> Result<bool> { return look().verdict != PidVerdict::live; }, find};
  return Eviction(quarry, rules, patience).run();
}

Error refuse_stranger(const Place& place, const Sighting& seen, Reach reach) {
  const auto found = find_holders(seen.identity, place.name, reach);
  const auto who = found.list.empty() ? why_unfound(found) : describe(found.list);
  return held(place, who + " serves it without a lease", "stop it, or set takeover.strangers: evict");
}

}  // namespace ownership
