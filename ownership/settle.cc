#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <exception>
#include <utility>

#include "ownership/claim.h"
#include "ownership/evict.h"
#include "ownership/log.h"
#include "ownership/outside.h"
#include "ownership/pid_file.h"
#include "ownership/process.h"
#include "ownership/quarantine.h"

namespace ownership {
namespace {

using std::chrono::milliseconds;

std::string describe_process(pid_t pid) {
  const auto status = pid > 0 ? read_process_status(pid) : std::nullopt;
  if (!status) return "a process";
  return std::string(status->name()) + " pid=" + std::to_string(pid) + describe(residence_of(pid));
}

const char* name_of_type(mode_t mode) noexcept {
  switch (mode & S_IFMT) {
    case S_IFREG:
      return "a regular file";
    case S_IFDIR:
      return "a directory";
    case S_IFLNK:
      return "a symbolic link";
    case S_IFIFO:
      return "a FIFO";
    case S_IFSOCK:
      return "a socket";
    default:
      return "a device";
  }
}

Error unknown(const Place& place, int reason) {
  auto error = cannot_look(place.path, reason);
  if (error.code == ExitCode::system_call) return error;
  error.advice = "start solinit as the user of the web process; what cannot be judged is never removed";
  return error;
}

Error foreign(const Place& place, const std::string& what, const std::string& wanted) {
  return {ExitCode::bad_manifest, "cannot use", place.path, what + " stands there",
          "only " + wanted + " is ever removed: move it away, or name another path"};
}

Error unsettled(const Place& place) {
  return {ExitCode::held, "cannot clear", place.path, "it changes whenever we look, as under a process that binds it",
          "stop the process that serves it"};
}

/// `holding` outlives it.
LookAgain second_look_of(const Holding& holding) {
  if (holding.item.kind == Item::Kind::socket) return look_again_at_socket;
  const MountedPart* const part = holding.host ? &holding.host->part : nullptr;
  return [part](int quarantine, const char* name, int pin) {
    return look_again_at_pid_file(quarantine, name, pin, part);
  };
}

PidFileSighting look_at_pid_file_of(const Holding& holding) noexcept {
  return look_at_pid_file(holding.place.directory.get(), holding.place.name.c_str(),
                          holding.host ? &holding.host->part : nullptr);
}

Result<Clearing> clear(const Holding& holding, int pin) {
  auto outside = holding.host ? open_outside(holding.place, *holding.host, Outside::made) : Fd();
  const Quarantine quarantine =
      outside ? Quarantine{outside.get(), path_of_outside(holding.place, *holding.host)} : Quarantine{holding.records.get()};
  return clear(holding.place, quarantine, pin, second_look_of(holding));
}

/// What a crash left inside the volume or outside of it.
void sweep(const Holding& holding, Leftovers& leftovers) {
  const auto look_again = second_look_of(holding);
  sweep(holding.place, {holding.records.get()}, leftovers, look_again);
  if (!holding.host) return;
  if (const auto outside = open_outside(holding.place, *holding.host, Outside::as_it_is))
    sweep(holding.place, {outside.get(), path_of_outside(holding.place, *holding.host)}, leftovers, look_again);
}

/// One look and what follows from it. True: the place is free.
class Settling {
 public:
  Settling(const Holding& holding, const SettleRules& rules, const Patience& patience) noexcept
      : holding_(holding), place_(holding.place), kind_(holding.item.kind), rules_(rules), patience_(patience) {}

  Result<void> run() {
    Leftovers anew;
    sweep(holding_, rules_.leftovers != nullptr ? *rules_.leftovers : anew);
    for (int look = 1;; ++look) {
      auto is_free = kind_ == Item::Kind::socket ? settle_socket() : settle_pid_file();
      if (!is_free) return std::unexpected(std::move(is_free.error()));
      if (*is_free) return {};
      // What was cleared is looked at once more; that costs no patience.
      if (look > 2 && patience_.is_over()) return std::unexpected(unsettled(place_));
    }
  }

 private:
  int directory() const noexcept { return place_.directory.get(); }

  Result<bool> settle_socket() {
    const auto seen = look(directory(), place_.name.c_str());
    switch (judge(LeaseHolder::ourselves, seen.entry, seen.bound, SecondLook::not_taken)) {
      case Verdict::free:
        return true;
      case Verdict::foreign:
        return std::unexpected(foreign(place_, name_of_type(seen.mode), "a socket"));
      case Verdict::looks_stale:
        return clear_away(seen.pin.get(), "removed the stale socket", "nobody is bound to it");
      case Verdict::stranger:
        return end_strangers(seen);
      case Verdict::unknown:
      case Verdict::served:
      case Verdict::stale:
      case Verdict::unsettled:
        break;
    }
    return std::unexpected(unknown(place_, seen.reason));
  }

  Result<bool> end_strangers(const Sighting& seen) {
    if (!rules_.evict_strangers) return std::unexpected(refuse_stranger(place_, seen, rules_.reach));
    auto evicted = evict(place_, seen, rules_, patience_);
    if (!evicted) return std::unexpected(std::move(evicted.error()));
    return false;
  }

  Result<bool> settle_pid_file() {
    const auto seen = look_at_pid_file_of(holding_);
    if (seen.entry == Entry::nothing) return true;
    if (seen.entry == Entry::unknown) return std::unexpected(unknown(place_, seen.reason));
    switch (seen.verdict) {
      case PidVerdict::stale:
        return clear_away(seen.pin.get(), "removed the stale pid file", why_stale(seen));
      case PidVerdict::live:
        return end_bearer(seen);
      case PidVerdict::foreign:
        break;
    }
    struct stat status {};
    fstat(seen.pin.get(), &status);
    const bool is_file = S_ISREG(status.st_mode);
    return std::unexpected(
        foreign(place_, is_file ? "a file that holds no number" : name_of_type(status.st_mode), "a pid file"));
  }

  static std::string why_stale(const PidFileSighting& seen) {
    if (seen.text.kind == PidText::Kind::empty) return "it is empty";
    return "pid " + std::to_string(seen.text.number) + " is not a web process";
  }

  /// In our own pid namespace nobody is ended on the word of a pid file.
  Result<bool> end_bearer(const PidFileSighting& seen) {
    if (!holding_.host || !rules_.evict_strangers || seen.bearer <= 0) return std::unexpected(live(seen));
    auto evicted = evict_bearer(place_, [this] { return look_at_pid_file_of(holding_); }, rules_, patience_);
    if (!evicted) return std::unexpected(std::move(evicted.error()));
    return false;
  }

  Error live(const PidFileSighting& seen) const {
    const auto number = seen.text.number;
    if (holding_.host)
      return {ExitCode::held, "cannot clear", place_.path,
              "its pid " + std::to_string(number) + " may be " + describe_process(seen.bearer) +
                  ", which started before the file was written",
              "stop that process, or remove the file when it is not the web process"};
    const auto status = read_process_status(number);
    return {ExitCode::held, "cannot clear", place_.path,
            "its pid " + std::to_string(number) + (status ? " (" + std::string(status->name()) + ")" : "") +
                " is alive, and started before the file was written",
            "stop that process, or remove the file when it is not the web process"};
  }

  Result<bool> clear_away(int pin, const char* what, const std::string& why) {
    auto cleared = clear(holding_, pin);
    if (!cleared) return std::unexpected(std::move(cleared.error()));
    if (*cleared == Clearing::removed) log::notice(what, place_.path, why);
    if (*cleared == Clearing::restored) {
      log::debug("put back", place_.path, "it was not what had been judged");
      if (patience_.pause(milliseconds(5)) == Woke::interrupted) return std::unexpected(interrupted());
    }
    return false;
  }

  const Holding& holding_;
  const Place& place_;
  Item::Kind kind_;
  const SettleRules& rules_;
  const Patience& patience_;
};

/// Nothing to do, nothing to say, or one attempt to clear.
void release_place(const Holding& holding) {
  const auto& place = holding.place;
  const char* const name = place.name.c_str();
  const bool is_socket = holding.item.kind == Item::Kind::socket;
  Fd pin;
  if (is_socket) {
    auto seen = look(place.directory.get(), name);
    const auto verdict = judge(LeaseHolder::ourselves, seen.entry, seen.bound, SecondLook::not_taken);
    if (verdict == Verdict::stranger) log::warning("left in place", place.path, "somebody is bound to it");
    if (verdict == Verdict::unknown) log::warning("left in place", place.path, strerrordesc_np(seen.reason));
    if (verdict == Verdict::looks_stale) pin = std::move(seen.pin);
  } else {
    auto seen = look_at_pid_file_of(holding);
    if (seen.entry == Entry::other && seen.verdict == PidVerdict::stale) pin = std::move(seen.pin);
  }
  if (!pin) return;
  const auto cleared = clear(holding, pin.get());
  if (!cleared)
    log::write({log::Level::warning, cleared.error().what, cleared.error().object, cleared.error().why,
                cleared.error().advice});
  else if (*cleared == Clearing::removed)
    log::notice(is_socket ? "removed the socket" : "removed the pid file", place.path, "its web process is gone");
}

}  // namespace

Result<void> settle(const Claim& claim, const SettleRules& rules, const Patience& patience) {
  for (const auto& holding : claim.holdings)
    if (auto settled = settle(holding, rules, patience); !settled) return settled;
  return {};
}

Result<void> settle(const Holding& holding, const SettleRules& rules, const Patience& patience) {
  return Settling(holding, rules, patience).run();
}

void release(const Holding& holding) noexcept {
  try {
    release_place(holding);
  } catch (const std::exception& failure) {
    log::warning("left in place", holding.place.path, failure.what());
  }
}

}  // namespace ownership
