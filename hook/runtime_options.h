#pragma once

#include <span>
#include <string>
#include <string_view>

#include "ownership/error.h"

namespace hook {

struct RuntimeOptions {
  std::string runtime = "runc";  ///< a name, or a path
  std::string manifests = "/etc/solinit/manifests.d";
  std::string launcher = "/usr/libexec/solinit/solinit";
  std::span<const char* const> arguments;  ///< for the real runtime, without its argv[0]
};

/// The runtime that is meant where we are called by another name: "crun" for /usr/bin/solinit-crun; empty for our own.
std::string_view runtime_named_by(std::string_view argv0);

/// `argv` as main() has it. Called by our own name: `solinit-hook runtime [--runtime-path P] [--manifests DIR]
/// [--launcher FILE] [--] ARGUMENT...`, each also as --key=value; the first other word is the runtime's. Called as
/// solinit-NAME all words are the runtime's. Errors: usage. Pure.
ownership::Result<RuntimeOptions> parse_runtime_options(std::span<const char* const> argv);

}  // namespace hook
