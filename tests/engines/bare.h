#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "tests/engines/container.h"

/// Containers under an OCI runtime alone: what docker and podman do around it, as far as the tests need it.
namespace engines {

/// The runtime and its state directory; crun 1.8 refuses hybrid cgroups, so there it runs where the v2 part is
/// unmounted.
Argv runtime_of(Kind kind);

/// Makes `config.json` and a root file system of its own from the image. Returns the directory.
std::string make_bundle(Kind kind, const std::string& id, const Recipe& recipe);

/// `runtime create`, loopback up; stdout and stderr go to `<bundle>/log`. Returns the container's PID 1, our child,
/// or -1.
pid_t create_bare(Kind kind, const std::string& id, const std::string& bundle);

std::optional<int> wait_for_child(pid_t child, std::chrono::milliseconds limit);

}  // namespace engines
