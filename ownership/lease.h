#pragma once

#include <string>

#include "ownership/error.h"
#include "ownership/fd.h"
#include "ownership/place.h"

namespace ownership {

/// The lease file of one item, open; the lock lives as long as any copy of the descriptor.
struct Lease {
  Fd file;
  bool is_ours = false;  ///< else another process has it locked
};

/// Opens `<name>.lease` in `records`, made 0600 where it is missing, and tries to lock it; never waits. What is locked
/// is the file that stands at the name: compared after locking, tried again when it was replaced meanwhile. The file is
/// never unlinked. Errors: bad_manifest (no regular file), not_permitted, held (replaced again and again), system_call.
Result<Lease> take_lease(const Place& place, int records);

/// Whether `given` holds the lock of the lease file of `place`: it is that file, and locking it through `given`
/// succeeds although `fresh`, another description of the same file, could not. Never waits.
bool holds_lease(int given, int fresh) noexcept;

/// Whether both are the same inode.
bool is_same_file(int one, int other) noexcept;

}  // namespace ownership
