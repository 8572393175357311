#pragma once

#include <cstddef>

namespace launcher {

/// How far the process that reads what others wrote may go.
struct Confinement {
  std::size_t memory = std::size_t{256} << 20;  ///< bytes of address space
  unsigned seconds = 5;                         ///< of processor time
};

/// Resource limits for ourselves, and death with our parent: it holds from here on whatever is opened afterwards.
void limit_ourselves(const Confinement& confinement) noexcept;

/// Gives up everything but memory, descriptors already open, and the end (seccomp(2)): any other system call kills the
/// process. Nothing can be opened, started or sent. False where the kernel or an engine's own filter does not allow it;
/// the limits stand all the same.
bool confine() noexcept;

}  // namespace launcher
