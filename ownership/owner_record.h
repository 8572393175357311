#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ownership/error.h"

namespace ownership {

/// What `<file>.owner` tells people and tools about the holder of a lease (JSON). A hint: anybody who can write the
/// volume can write it, so nothing is ever killed or removed on its word.
struct OwnerRecord {
  std::string owner;
  std::uint64_t generation = 1;
  std::string container;
  pid_t pid = 0;                      ///< of the launcher, in its own pid namespace
  bool is_pid_one_container = false;  ///< the launcher was PID 1: an engine may restart this container
  std::string boot_id;
  std::string started;                           ///< RFC 3339, UTC
  std::int64_t started_unix = 0;                 ///< seconds
  std::uint64_t socket_dev = 0, socket_ino = 0;  ///< 0 for a pid file
  std::vector<std::string> superseded;           ///< container ids, newest last, at most 32
  bool operator==(const OwnerRecord&) const = default;
};

/// Pure. JSON to record; nothing when it is not one (wrong types, over 64 KiB).
std::optional<OwnerRecord> parse_owner_record(std::string_view json);
/// Pure.
std::string format_owner_record(const OwnerRecord& record);

/// Reads `<name>.owner` in `records`: O_NOFOLLOW, regular file, at most 64 KiB, never blocks on a FIFO.
std::optional<OwnerRecord> read_owner_record(int records, const std::string& name);
/// Writes it whole to a fresh inode, `<name>.owner.new`, and renames it over the old one. Only the holder of the lease
/// does: the name is always the same one, so that what a crash left there is gone with the next writing.
Result<void> write_owner_record(int records, const std::string& name, const OwnerRecord& record);

/// "shop-web pid=7 container=3f9c1b2a since=41s": for messages.
std::string describe(const OwnerRecord& record, std::int64_t now_unix);

/// Pure. "41s", "7m", "3h", "2d": rounded down, never less than "0s".
std::string age_of(std::int64_t seconds);
/// Pure. Of an engine's id the first twelve of its 64 digits, as engines print it; else the first 64 characters.
std::string short_container(const std::string& id);

/// Pure. The engine's id in the text of /proc/self/mountinfo; empty when there is none.
std::string container_in_mountinfo(std::string_view mountinfo);
/// SOLINIT_CONTAINER_ID, else the engine's id in /proc/self/mountinfo (64 hex digits of docker, podman, containerd,
/// cri-o), else the host name.
std::string this_container();

}  // namespace ownership
