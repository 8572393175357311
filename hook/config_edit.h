#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hook/bundle_config.h"
#include "ownership/error.h"

namespace hook {

/// What is put before the command of a container, and what it needs there.
struct Injection {
  std::vector<ConfigMount> mounts;
  std::vector<std::string> command;  ///< stands before process.args
  bool operator==(const Injection&) const = default;
};

struct ConfigEdit {
  std::vector<std::pair<std::string, ConfigHook>> hooks;  ///< stage and entry; added after those that are there
  std::optional<Injection> injection;
};

/// Adds to the text of a config.json that parse_bundle_config() understands; all that it holds is kept, also what
/// nobody here knows. An entry of the same program name for the same stage, and a mount at the same destination, are
/// there already and are not added again. Nothing: there is nothing to add. Pure; throws std::bad_alloc alone.
ownership::Result<std::optional<std::string>> edit_config(std::string_view text, std::string_view name,
                                                          const ConfigEdit& edit);

}  // namespace hook
