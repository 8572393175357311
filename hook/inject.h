#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hook/bundle_config.h"
#include "hook/config_edit.h"
#include "hook/host_manifests.h"

namespace hook {

inline constexpr const char* launcher_on_host = "/usr/libexec/solinit/solinit";

/// The manifests that speak of this container.
std::vector<const HostManifest*> matching(const HostManifests& manifests, const BundleConfig& config);

/// The injection that one of `matching` asks for; nothing where none does, or where it cannot be right: that is one
/// warning, and the container starts as it was. Looks at the launcher's file, which must be root's and for all to
/// execute.
std::optional<Injection> find_injection(const std::vector<const HostManifest*>& matching, const BundleConfig& config,
                                        const std::string& launcher);

}  // namespace hook
