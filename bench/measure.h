#pragma once

#include "bench/field.h"
#include "bench/table.h"

namespace bench {

/// `table` with a row for each contestant: these quantiles of its samples, and its ratio to the best peer, which is the
/// target of ours.
Table compare(const std::vector<Contestant>& contestants, const std::vector<Samples>& samples, Table table,
              const std::vector<double>& quantiles, int digits);

/// From execve(2) to the return of waitpid(2), of a child that ends at once.
Table measure_start(const Field& field);
/// A stage of the hook beside hooks that do nothing: from posix_spawn(3) to waitpid(2).
Table measure_hook(const Field& field);
/// Ten to ten thousand stale sockets of one volume, beside the system calls that it cannot do without.
Table measure_volume(const Field& field);
/// What belongs to the init alone while its child serves.
Table measure_memory(const Field& field);
/// From kill(2) of the init to the child's return from sigwaitinfo(2).
Table measure_signals(const Field& field);
/// What the kernel charges the init for each orphan.
Table measure_orphans(const Field& field);
/// File sizes, and the system calls that the init makes before it blocks a signal.
Table measure_size(const Field& field);
/// What system calls take under `activation: adopt`, those that are notified and those that are not.
Table measure_adopt(const Field& field);
/// What stands before the OCI runtime, from fork(2) to the return of waitpid(2) of a runtime that does nothing.
Table measure_wrapper(const Field& field);
/// SIGTERM at and after execve(2): how many are lost.
Table measure_instant(const Field& field);

}  // namespace bench
