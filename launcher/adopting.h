#pragma once

#include <string_view>
#include <vector>

#include "launcher/adopt_target.h"
#include "launcher/claiming.h"
#include "manifests/manifest.h"

/// `activation: adopt` as a manifest asks for it, and what becomes of it where it cannot be.
namespace launcher {

/// What the web process is given by adoption: one target for each such listener of the tenure, to which they point.
std::vector<AdoptTarget> targets_of(const manifests::Manifest& manifest, const Tenure& tenure);

/// Before anything is claimed: where no web process can be given a listener by adoption, each such socket becomes one
/// of `activation: bind`, with one notice. Tries it, where the manifest has such a socket.
void settle_for_bind(manifests::Manifest& manifest);

/// The same for the web process that runs: it binds its sockets itself, now. Their listeners are unpublished and
/// discarded, and who waits there is disconnected. Allocates nothing.
void make_way(manifests::Manifest& manifest, Tenure& tenure) noexcept;

}  // namespace launcher
