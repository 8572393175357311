#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace bench {

/// An init and the processes that it keeps beside its child: solinit's spawner and notifier.
std::vector<pid_t> with_helpers(pid_t init);

/// One field of /proc/PID/smaps_rollup, such as "Pss_Dirty", in KiB; the sum over these processes. What they share with each
/// other counts once by a field of Pss.
double kib_of(const std::vector<pid_t>& processes, const std::string& field);

}  // namespace bench
