#pragma once

#include "manifests/manifest.h"
#include "ownership/error.h"

namespace launcher {

/// Asks the launcher that holds what `manifest` names whether its web process serves; for HEALTHCHECK and exec probes.
/// Returns the exit code: 0, or not_ready without a word. Changes nothing, waits at most two seconds. Errors: as
/// open_place.
ownership::Result<int> ask_whether_ready(const manifests::Manifest& manifest);

}  // namespace launcher
