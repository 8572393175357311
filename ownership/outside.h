#pragma once

#include <string>

#include "ownership/claim.h"
#include "ownership/fd.h"
#include "ownership/place.h"

/// The hook's quarantine: a directory of root's own, on the mount of the volume but outside of it, so that nobody who
/// may write the volume can reach what is being judged.
namespace ownership {

enum class Outside { made, as_it_is };

/// `.solinit-quarantine-<inode of the place's directory>` in `host.beside`, 0700. Nothing where there is none, or what
/// stands there is not a directory that we alone may use.
Fd open_outside(const Place& place, const HostSide& host, Outside outside);

/// For messages.
std::string path_of_outside(const Place& place, const HostSide& host);

}  // namespace ownership
