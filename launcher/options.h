#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <variant>

#include "launcher/plan.h"

namespace launcher {

/// What the command line and the environment ask for.
struct Options {
  Plan plan;                       ///< without command and manifest
  std::size_t first_argument = 0;  ///< of the command, in argv; 0: the command line names no command
  std::string manifest_path;       ///< asked for with -m, --check or SOLINIT_MANIFEST; may be empty
  std::optional<manifests::TakeoverPolicy> takeover;
  bool checks_only = false;
};

/// Pure. Options stop at the first argument that is none, or after `--`. The Answer is help, a version, a licence or a
/// usage error of one line. Throws only std::bad_alloc.
std::variant<Options, Answer> parse_options(std::span<const char* const> arguments, char* const* environment);

}  // namespace launcher
