#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string_view>

#include "ownership/bearers.h"

namespace hook {

/// Pure. What the mount of this number mounts, in the text of proc_pid_mountinfo(5).
std::optional<ownership::MountedPart> part_in(std::string_view mountinfo, std::uint64_t mount);
/// The same as process `pid` sees it.
std::optional<ownership::MountedPart> part_of(pid_t pid, std::uint64_t mount);

}  // namespace hook
