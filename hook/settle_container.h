#pragma once

#include <string>
#include <vector>

#include "hook/bundle_config.h"
#include "hook/host_manifests.h"
#include "hook/options.h"
#include "hook/state.h"
#include "ownership/error.h"
#include "ownership/patience.h"

namespace hook {

/// Makes free what the manifests of a container that is being made name, as far as the container shares it with others:
/// lease, look, judge, clear, evict. A living holder of a lease is left to the launcher that the container brings; where
/// it brings none it is ended, or the start refused, as takeover.policy says. Leaves a record for poststop. All leases
/// are let go again. Errors: as ownership::settle; bad_manifest where two manifests own one place.
ownership::Result<void> settle_container(const State& state, const BundleConfig& config,
                                         const std::vector<const HostManifest*>& manifests, const StageOptions& options,
                                         const ownership::Patience& patience);

/// After the end of a container: removes what it left and nobody uses. Never fails: what stays and should not is logged.
void clean_after(const State& state, const StageOptions& options) noexcept;

}  // namespace hook
