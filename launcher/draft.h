#pragma once

#include <cstdint>
#include <span>
#include <variant>

#include "launcher/plan.h"

namespace launcher {

/// A Plan whose command is still to be put in: it is cut out of argv, which the process that completes it has.
struct Draft {
  Plan plan;                         ///< the command is empty
  std::uint32_t first_argument = 0;  ///< of the command, in argv; 0: the manifest's command
};

/// Reads options, environment and manifest. Confines the calling process before it reads the first byte of the
/// manifest, so call it in a child that ends soon. `directory` is where relative paths begin. Throws only
/// std::bad_alloc.
std::variant<Draft, Answer> draft_plan(std::span<const char* const> arguments, char* const* environment,
                                       int directory);

/// Pure. Puts in the command, with its placeholders replaced.
Plan complete(Draft draft, std::span<const char* const> arguments);

}  // namespace launcher
