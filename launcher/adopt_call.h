#pragma once

#include <linux/seccomp.h>
#include <sys/types.h>

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "launcher/adopt_path.h"

namespace launcher {

enum class AdoptVerb { bind, listen, connect, unlink, rename, other };

/// A descriptor of the caller.
struct CallerSocket {
  int descriptor = -1;
  std::uint64_t inode = 0;  ///< 0: no socket
  int flags = 0;            ///< O_CLOEXEC, O_NONBLOCK
};

/// A path argument: where it leads, and under which name.
struct CallerPath {
  Destination leads_to;
  std::array<char, 108> room{};  ///< longer than any name that a socket can be bound by, terminated
  std::string_view name() const noexcept { return room.data(); }
};

/// A notified system call, as far as it may concern us. Copied once: what the caller changes in its memory afterwards
/// changes nothing here.
struct AdoptCall {
  AdoptVerb verb = AdoptVerb::other;
  bool is_readable = true;  ///< false: the kernel does not show us the caller's memory or descriptors
  pid_t process = 0;        ///< of bind and rename
  CallerSocket socket;      ///< of bind and listen
  CallerPath path;          ///< of bind, connect, unlink; of rename the new name
  CallerPath from;          ///< of rename the old name
};

/// Reads what `notification` is about: numbers from the notification, the rest from /proc/PID. Where the caller has
/// another user than we, which happens where we are root without CAP_SYS_PTRACE, it is read as that user. Paths are
/// followed as the caller would: from its working directory, descriptor or root. Does not allocate. It blocks where
/// the caller's memory or the directories that it names do, so the launcher itself must not call it.
AdoptCall read_call(const seccomp_notif& notification, std::span<const AdoptTarget> targets) noexcept;

/// `descriptor` of the process or thread, as it is now.
CallerSocket read_socket(pid_t pid, int descriptor) noexcept;

}  // namespace launcher
