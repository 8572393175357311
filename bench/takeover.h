#pragma once

#include <string>

#include "bench/contenders.h"
#include "bench/table.h"

namespace bench {

/// From TAKE to READY of a newcomer, seen by a predecessor that answers at once, less what its server takes to boot.
Table measure_takeover(const Programs& programs, const std::string& room);

}  // namespace bench
