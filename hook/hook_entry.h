#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "hook/bundle_config.h"
#include "ownership/error.h"

/// A file of hooks.d (oci-hooks(5)), as podman and CRI-O read it.
namespace hook {

struct HookEntry {
  std::string path;
  std::vector<std::string> args;
  bool has_env = false;
  std::int64_t timeout = 0;  ///< seconds; 0: none
  std::vector<std::string> stages;
  bool is_always = false;
  bool is_never = false;  ///< always: false
  bool needs_bind_mounts = false;
  std::map<std::string, std::string> annotations;  ///< patterns of key and value
  std::vector<std::string> commands;               ///< patterns of process.args[0]
  bool operator==(const HookEntry&) const = default;

  /// Whether it calls this program.
  bool is_ours() const;
};

/// Errors: bad_input where the engine would refuse the file, and with it every container. Pure.
ownership::Result<HookEntry> parse_hook_entry(std::string_view text, std::string_view name);

/// What is wrong with an entry of ours, in sentences. Pure.
std::vector<std::string> flaws_of(const HookEntry& entry);

/// Why an engine would not call the entry for a container; empty where it would. Pure.
std::string why_not_called(const HookEntry& entry, const BundleConfig& config);

}  // namespace hook
