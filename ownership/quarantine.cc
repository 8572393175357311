#include "ownership/quarantine.h"

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>

#include "ownership/log.h"

namespace ownership {
namespace {

constexpr std::string_view prefix = "quarantine.";
constexpr std::size_t digits = 16;

std::uint64_t any_number() noexcept {
  std::uint64_t number = 0;
  // Without entropy early at boot the clock does: renames never replace, so that a repeated name only fails.
  if (getrandom(&number, sizeof number, GRND_NONBLOCK) == static_cast<ssize_t>(sizeof number)) return number;
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(now.tv_nsec);
}

/// Returns 0 or errno.
int move(int from, const char* name, int to, const char* new_name) noexcept {
  return renameat2(from, name, to, new_name, RENAME_NOREPLACE) == 0 ? 0 : errno;
}

Error cannot_move(const Place& place, int reason) {
  if (reason == EINVAL || reason == ENOSYS)
    return {ExitCode::system_call, "cannot clear", place.path,
            "this file system cannot rename without replacing, and nothing is removed without that",
            "remove it by hand when its web process is gone"};
  if (reason == EBUSY) return {ExitCode::bad_manifest, "cannot clear", place.path, "it is a mount point", "unmount it"};
  const bool is_denied = reason == EACCES || reason == EPERM;
  return system_error("cannot clear", place.path, reason, is_denied ? ExitCode::not_permitted : ExitCode::system_call);
}

Error kept(const Place& place, const std::string& shown, int reason) {
  return {ExitCode::held, "cannot put back", place.path,
          reason == EEXIST ? "its name was taken while we looked" : strerrordesc_np(reason),
          "what stood there is kept as " + shown};
}

void sweep_one(const Place& place, const Quarantine& quarantine, const char* name, const LookAgain& look_again) noexcept {
  const Fd pin(openat(quarantine.directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (!pin) return;
  if (look_again(quarantine.directory, name, pin.get()) == SecondLook::nobody) {
    if (unlinkat(quarantine.directory, name, 0) == 0)
      log::notice("removed what a crash left of", place.path, "it is stale", {{"name", name}});
    return;
  }
  const int reason = move(quarantine.directory, name, place.directory.get(), place.name.c_str());
  if (reason == 0)
    log::notice("put back", place.path, "a crash left it in " + quarantine.shown + ", and it is not stale", {{"name", name}});
  else if (reason != ENOENT)
    log::warning("cannot put back", place.path, reason == EEXIST ? "its name is taken" : strerrordesc_np(reason),
                 {{"kept_as", name}});
}

}  // namespace

std::string quarantine_name(std::string_view name, std::uint64_t number) {
  std::array<char, digits + 2> text;
  std::snprintf(text.data(), text.size(), ".%016llx", static_cast<unsigned long long>(number));
  return std::string(prefix).append(name).append(text.data());
}

std::string_view name_in_quarantine(std::string_view entry) noexcept {
  if (entry.size() <= prefix.size() + 1 + digits || !entry.starts_with(prefix)) return {};
  const auto dot = entry.size() - digits - 1;
  if (entry[dot] != '.' || entry.find_first_not_of("0123456789abcdef", dot + 1) != entry.npos) return {};
  return entry.substr(prefix.size(), dot - prefix.size());
}

SecondLook look_again_at_socket(int quarantine, const char* name, int pin) noexcept {
  const auto seen = look(quarantine, name);
  if (seen.entry == Entry::unknown) return SecondLook::unknown;
  // Both descriptors are open: two inodes cannot have one number now.
  if (seen.entry != Entry::socket || seen.identity != identity_of(pin)) return SecondLook::another;
  switch (seen.bound) {
    case Bound::nobody:
      return SecondLook::nobody;
    case Bound::somebody:
      return SecondLook::somebody;
    case Bound::unknown:
      break;
  }
  return SecondLook::unknown;
}

Result<Clearing> clear(const Place& place, const Quarantine& quarantine, int pin, const LookAgain& look_again) {
  const auto name = quarantine_name(place.name, any_number());
  // rename(2) waits for the directory, so that a bind(2) under way has bound its socket when the name has moved.
  int reason = move(place.directory.get(), place.name.c_str(), quarantine.directory, name.c_str());
  if (reason == ENOENT) return Clearing::gone;
  if (reason != 0) return std::unexpected(cannot_move(place, reason));

  const auto second = look_again(quarantine.directory, name.c_str(), pin);
  if (judge(LeaseHolder::ourselves, Entry::socket, Bound::nobody, second) == Verdict::stale) {
    if (unlinkat(quarantine.directory, name.c_str(), 0) == 0) return Clearing::removed;
    return std::unexpected(cannot_move(place, errno));
  }
  reason = move(quarantine.directory, name.c_str(), place.directory.get(), place.name.c_str());
  if (reason != 0) return std::unexpected(kept(place, quarantine.shown + "/" + name, reason));
  return Clearing::restored;
}

void sweep(const Place& place, const Quarantine& quarantine, Leftovers& leftovers, const LookAgain& look_again) {
  for (const auto& name : leftovers.of(quarantine.directory, place.name))
    sweep_one(place, quarantine, name.c_str(), look_again);
}

}  // namespace ownership
