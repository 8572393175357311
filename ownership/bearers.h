#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

#include "ownership/pid_file.h"

namespace ownership {

/// What part of which file system a directory is reached by (proc_pid_mountinfo(5)): as written there, escapes kept.
struct MountedPart {
  std::string device;  ///< "254:0"
  std::string root;    ///< "/var/lib/docker/volumes/web/_data"
  pid_t newcomer = 0;  ///< the init of a container that is only being made: it sees the part and has written nothing
  bool operator==(const MountedPart&) const = default;
};

/// Pure. The innermost number in the NSpid of proc_pid_status(5): what the process is called in its own pid namespace.
std::optional<pid_t> own_number(std::string_view status) noexcept;

/// Pure. Whether a line of mountinfo mounts what `part` is in, or something in it. Of a process in a pid namespace of its
/// own that has a whole file system nothing follows: it is a sandbox that shows the host's.
bool mounts(std::string_view line, const MountedPart& part, bool is_nested) noexcept;

/// Of all processes whose own pid namespace calls them `number` and who may see `part`, the one that started first:
/// the one that may have written a pid file there. Kernel threads, PID 1 and what started us cannot have.
std::optional<Bearer> bearer_on_host(pid_t number, const MountedPart& part);

}  // namespace ownership
