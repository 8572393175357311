#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ownership/error.h"

namespace hook {

/// A runtime of Docker's that is solinit-hook, or solinit-NAME.
struct DockerRuntime {
  std::string name;
  std::string path;
  bool is_default = false;
  bool operator==(const DockerRuntime&) const = default;
};

/// Of the text of a daemon.json. Errors: bad_input. Pure.
ownership::Result<std::vector<DockerRuntime>> parse_docker_runtimes(std::string_view text, std::string_view name);

}  // namespace hook
