#pragma once

#include <chrono>
#include <span>
#include <string>

#include "ownership/error.h"

namespace hook {

/// What stands after the name of a stage.
struct StageOptions {
  std::string manifests = "/etc/solinit/manifests.d";
  std::string records = "/run/solinit/containers";  ///< what one stage leaves for the next
  std::string report;                               ///< empty: none
  std::chrono::milliseconds timeout{10000};         ///< that of the hook's JSON
};

/// `--manifests DIR`, `--records DIR`, `--report FILE`, `--timeout SECONDS`; each also as `--key=value`. By hand: this
/// runs at each start of a container, and a library of options takes longer than all the rest. Errors: usage.
ownership::Result<StageOptions> parse_stage_options(std::span<const char* const> arguments);

}  // namespace hook
