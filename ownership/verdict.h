#pragma once

#include "ownership/look.h"

namespace ownership {

enum class LeaseHolder { ourselves, another };

/// What the look in the quarantine found.
enum class SecondLook {
  not_taken,
  nobody,    ///< the same inode, and nobody is bound to it
  somebody,  ///< the same inode, alive after all
  another,   ///< not the inode that was judged
  unknown,
};

enum class Verdict {
  free,         ///< nothing stands there
  looks_stale,  ///< nobody seems to be bound: only a second look, in the quarantine, can tell
  stale,        ///< may be removed
  unsettled,    ///< put it back, and look again
  served,       ///< by the holder of the lease
  stranger,     ///< a live process serves it without a lease
  foreign,      ///< no socket; never removed
  unknown,      ///< we may not know: never removed
};

/// Pure: the verdict table. Only `stale` allows a removal, and only our lease and two looks that found nobody make it.
Verdict judge(LeaseHolder holder, Entry entry, Bound bound, SecondLook second) noexcept;

}  // namespace ownership
