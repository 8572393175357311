#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

namespace ownership {

/// In which container a process lives, as the host sees it.
struct Residence {
  std::string engine;     ///< "docker", "podman", …; empty where the cgroup's name does not tell
  std::string container;  ///< its id; empty where the cgroup's name does not tell
  std::string cgroup;     ///< the longest of its paths
  bool operator==(const Residence&) const = default;
};

/// Pure. proc_pid_cgroup(5), version 1 or 2 or both. A container cannot change what the host reads here.
Residence parse_residence(std::string_view cgroups);
Residence residence_of(pid_t pid);

/// Pure. " container=3f9c1b2a77de engine=docker", " cgroup=/shop-1", or nothing: for messages.
std::string describe(const Residence& residence);

}  // namespace ownership
