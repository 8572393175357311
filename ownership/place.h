#pragma once

#include <string>

#include "ownership/error.h"
#include "ownership/fd.h"

namespace ownership {

/// A name in a directory that is held as a descriptor; `path` is for messages only and is never opened again.
struct Place {
  Fd directory;
  std::string name;
  std::string path;
};

/// Where leases, control sockets and owner files stand, beside what they are for.
inline constexpr const char* records_name = ".solinit";

/// Opens the parent directory of `path` (O_PATH), following links in it as the container's own processes would.
/// Errors: ENOENT, ENOTDIR (bad_manifest: "make the directory, or mount the volume there"), EACCES (not_permitted).
Result<Place> open_place(const std::string& path);

/// Opens `<directory>/.solinit`, made 0700 where it is missing; where we are root it is given to its directory's owner.
/// Refuses a symlink, and NFS, CIFS, 9p, FUSE (virtiofs) and other remote file systems unless `allow_remote`
/// (statfs(2) magic): locks and probes are not dependable there.
Result<Fd> open_records(const Place& place, bool allow_remote);

}  // namespace ownership
