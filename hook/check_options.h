#pragma once

#include <span>
#include <string>
#include <vector>

#include "hook/bundle_config.h"
#include "ownership/error.h"

namespace hook {

struct CheckOptions {
  std::string manifests = "/etc/solinit/manifests.d";
  std::vector<std::string> hooks_dirs;  ///< empty: those that engines read
  std::string docker_config = "/etc/docker/daemon.json";
  BundleConfig container;  ///< its annotations and mounts
};

/// Errors: usage. Pure.
ownership::Result<CheckOptions> parse_check_options(std::span<const char* const> arguments);

}  // namespace hook
