#pragma once

#include <sys/types.h>

namespace support {

/// fork(2), with the child as PID 1 of its own pid namespace; -1 with errno where that cannot be. The child shares every
/// other namespace with us, and may not allocate.
pid_t fork_as_pid_one() noexcept;

}  // namespace support
