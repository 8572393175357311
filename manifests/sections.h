#pragma once

#include <span>

#include "manifests/field.h"
#include "manifests/manifest.h"
#include "manifests/parse.h"

/// Each reads one part of a manifest, complains of what is wrong in it, and leaves the defaults there.
namespace manifests {

void read_owner(const Field& field, Manifest& manifest);
void read_command(const Field& field, Manifest& manifest);
void read_stop(const Field& field, Stop& stop);
void read_restart(const Field& field, Restart& restart);
void read_takeover(const Field& field, Takeover& takeover);
void read_match(const Field& field, Match& match);
/// After the sockets: http needs one of type stream.
void read_ready(const Field& field, std::span<const Socket> sockets, Ready& ready);

/// "sockets" and "pid_files" of `table`: at least one, at most max_claims, no path and no name twice.
void read_claims(const Table& table, Manifest& manifest);

}  // namespace manifests
