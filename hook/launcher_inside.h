#pragma once

#include "hook/bundle_config.h"

namespace hook {

/// Whether the container's command is solinit itself, put there by its image or by us: it takes over from a living
/// predecessor better than anybody outside could. Pure.
bool brings_launcher(const BundleConfig& config);

}  // namespace hook
