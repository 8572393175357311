#pragma once

#include <string>

#include "ownership/error.h"
#include "ownership/patience.h"

namespace hook {

/// All that the runtime writes to our standard input, to its end; as long as `patience` allows. Errors: bad_input (more
/// than `most` bytes), system_call (its end does not come in time).
ownership::Result<std::string> read_input(std::size_t most, const ownership::Patience& patience);

}  // namespace hook
