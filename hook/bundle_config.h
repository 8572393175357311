#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ownership/error.h"

/// What a bundle's config.json says, as far as the hook needs it: plain data.
namespace hook {

inline constexpr std::size_t longest_config = std::size_t{1} << 20;  ///< bytes of a config.json
inline constexpr std::size_t deepest_config = 32;                    ///< levels of lists and objects

struct ConfigMount {
  std::string destination;  ///< in the container; absolute in what engines write, but nothing promises it
  std::string source;       ///< on the host, or "tmpfs", "proc" and the like
  std::string type;         ///< often empty or "bind" for binds: the options decide
  std::vector<std::string> options;
  bool operator==(const ConfigMount&) const = default;
};

struct ConfigProcess {
  std::vector<std::string> args;
  std::vector<std::string> env;
  std::string cwd;
  bool has_terminal = false;
  std::uint32_t uid = 0, gid = 0;
  bool operator==(const ConfigProcess&) const = default;
};

struct ConfigNamespace {
  std::string type;  ///< "pid", "mount", "network", "ipc", "uts", "user", "cgroup"
  std::string path;  ///< empty: a new one is made
  bool operator==(const ConfigNamespace&) const = default;
};

struct ConfigHook {
  std::string path;
  std::vector<std::string> args;
  std::vector<std::string> env;
  std::optional<std::int64_t> timeout;  ///< seconds
  bool operator==(const ConfigHook&) const = default;
};

struct BundleConfig {
  std::string root;  ///< as it is written: absolute, or relative to the bundle
  bool is_root_readonly = false;
  std::vector<ConfigMount> mounts;
  ConfigProcess process;
  std::map<std::string, std::string> annotations;
  std::vector<ConfigNamespace> namespaces;
  std::map<std::string, std::vector<ConfigHook>> hooks;  ///< by stage; only the stages of the specification
  bool operator==(const BundleConfig&) const = default;
};

/// Reads the text of a config.json; `name` is only its name in messages. Unknown keys are passed over and null is as
/// good as absent, as runtimes have it; a wrong type, a text with a NUL, a missing root path or mount destination, a
/// document over the limits: bad_input, naming the first place that is wrong. Pure; throws std::bad_alloc alone.
ownership::Result<BundleConfig> parse_bundle_config(std::string_view text, std::string_view name);

}  // namespace hook
