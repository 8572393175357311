#pragma once

#include <span>
#include <string>

#include "ownership/error.h"
#include "status/show.h"

namespace hook {

struct StatusOptions {
  std::string manifests = "/etc/solinit/manifests.d";
  std::string records = "/run/solinit/containers";
  status::View view;
};

/// Errors: usage. Pure.
ownership::Result<StatusOptions> parse_status_options(std::span<const char* const> arguments);

/// `solinit-hook status [--json | --openmetrics] [--watch] [--manifests DIR] [--records DIR]`: how it stands with every owner
/// of the manifests and every lease of a running container. Changes nothing; needs root. Returns the exit code.
int run_status(int argc, char** argv);

}  // namespace hook
