#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hook/container_record.h"
#include "ownership/claim.h"
#include "ownership/fd.h"

namespace hook {

/// A place on a volume of a container that runs, found from the host. Its directory is held: paths of containers are used
/// once.
struct HostPlace {
  ownership::Item item;  ///< as the container calls it
  ownership::Place place;
  std::optional<ContainerRecord> record;  ///< of a container that the hook let start
  std::vector<pid_t> waiting;             ///< launchers that have the lease file open and not locked
};

/// What the hook's records of running containers name, and every lease that a process has open. Needs root. Reads /proc
/// as a whole; of each process the first 65,536 descriptors.
std::vector<HostPlace> find_host_places(const std::string& records);

}  // namespace hook
