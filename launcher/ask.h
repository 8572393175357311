#pragma once

#include <optional>
#include <string>

#include "manifests/manifest.h"
#include "ownership/error.h"
#include "status/show.h"

namespace launcher {

/// Asks the launcher that holds what `manifest` names whether its web process serves; for HEALTHCHECK and exec probes.
/// Returns the exit code: 0, or not_ready without a word. Changes nothing, waits at most two seconds. Errors: as
/// open_place.
ownership::Result<int> ask_whether_ready(const manifests::Manifest& manifest);

/// Asks that launcher for a new web process in the old one's place; returns 0 when it has begun. Waits at most two
/// seconds. Errors: as open_place; held, when it does not serve, is handing over, or is not there.
ownership::Result<int> ask_for_restart(const manifests::Manifest& manifest);

/// Shows how it stands with all that `manifest` names; returns 0. Waits two seconds at most for each.
int show_status(const manifests::Manifest& manifest, const status::View& view);

/// Explains `path` to stdout, by the manifest where it names it; returns 0. Waits two seconds at most.
int explain_place(const std::string& path, const std::optional<manifests::Manifest>& manifest);

}  // namespace launcher
