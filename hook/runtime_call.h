#pragma once

#include <span>
#include <string>
#include <string_view>

/// What an engine asks an OCI runtime to do.
namespace hook {

struct RuntimeCall {
  bool makes_container = false;  ///< create or run: a bundle is read
  std::string bundle = ".";
  std::string config = "config.json";  ///< crun's -f: a file relative to the bundle
  std::string log;                     ///< where the engine looks for what went wrong; empty: stderr
  bool logs_json = false;
};

/// Understands the arguments of runc, crun, youki and the like (without argv[0]): global options before the command,
/// then options and the container's name in any order. Every spelling of those programs is known: --bundle X,
/// --bundle=X, -b X, -b=X, -bX, one dash for two, shortened long names; of an option given twice the last holds. Pure.
RuntimeCall understand_runtime_call(std::span<const std::string_view> arguments);

}  // namespace hook
