#pragma once

#include <expected>
#include <string>

#include "hook/bundle_config.h"
#include "hook/config_edit.h"

namespace hook {

/// What is shown to the container, as paths on the host.
struct LauncherFiles {
  std::string launcher = "/usr/libexec/solinit/solinit";
  std::string manifest;
};

/// Why a container starts as it was. Empty: there is nothing to say, it brings solinit itself.
struct NoInjection {
  std::string why;
  bool operator==(const NoInjection&) const = default;
};

/// How this container is given the launcher as its PID 1, where that can be right: it has a pid namespace and a command
/// of its own, no init, and nobody sits at a shell in it. Pure.
std::expected<Injection, NoInjection> plan_injection(const BundleConfig& config, const LauncherFiles& files);

}  // namespace hook
