#pragma once

#include <cstddef>
#include <cstdint>

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

/// For a launcher that starts nothing any more: it can wait, signal, reap, read and tell. Any other system call fails with
/// EPERM and goes to the kernel's log. False as above; then nothing has changed but that no_new_privs is set.
bool confine_reaper() noexcept;

/// For a launcher with a manifest whose web processes are started by its spawner, likewise: beside that it watches,
/// repairs and publishes what it owns, speaks with other launchers, evicts, and may fork a notifier.
bool confine_owner() noexcept;

/// For the notifier, likewise: what it takes to read a call of the web process and to answer it.
bool confine_notifier() noexcept;

/// Lays every capability down for good but those of `kept` (1 << CAP_…) that we have.
void keep_capabilities(std::uint64_t kept) noexcept;

}  // namespace launcher
