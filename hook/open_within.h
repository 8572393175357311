#pragma once

#include <linux/openat2.h>

#include <cstdint>

#include "ownership/fd.h"

namespace hook {

/// openat2(2), O_CLOEXEC always: `resolve` are its RESOLVE_ flags. Empty with errno where it fails.
ownership::Fd open_within(int directory, const char* path, std::uint64_t flags, std::uint64_t resolve) noexcept;

/// Which mount a descriptor was opened through: a number that other mounts get when this one is gone.
std::uint64_t mount_of(int descriptor) noexcept;

/// Whether both are one inode.
bool is_one_inode(int one, int other) noexcept;

}  // namespace hook
