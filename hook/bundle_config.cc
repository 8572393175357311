#include "hook/bundle_config.h"

#include <array>
#include <limits>

#include "hook/json_table.h"

namespace hook {
namespace {

using ownership::Error;
using ownership::ExitCode;

constexpr std::array hook_stages{"prestart",       "createRuntime", "createContainer",
                                 "startContainer", "poststart",     "poststop"};

std::vector<ConfigMount> read_mounts(JsonTable& config) {
  std::vector<ConfigMount> mounts;
  config.each("mounts", [&](JsonTable entry) {
    auto& mount = mounts.emplace_back();
    entry.get("destination", mount.destination);
    entry.get("source", mount.source);
    entry.get("type", mount.type);
    entry.get("options", mount.options);
    entry.require("destination", !mount.destination.empty());
  });
  return mounts;
}

ConfigProcess read_process(JsonTable entry) {
  ConfigProcess process;
  entry.get("args", process.args);
  entry.get("env", process.env);
  entry.get("cwd", process.cwd);
  entry.get("terminal", process.has_terminal);
  constexpr auto largest_id = std::numeric_limits<std::uint32_t>::max();
  std::int64_t uid = 0, gid = 0;
  auto user = entry.table("user");
  user.get("uid", uid, 0, largest_id);
  user.get("gid", gid, 0, largest_id);
  process.uid = static_cast<std::uint32_t>(uid);
  process.gid = static_cast<std::uint32_t>(gid);
  return process;
}

std::vector<ConfigNamespace> read_namespaces(JsonTable linux_part) {
  std::vector<ConfigNamespace> namespaces;
  linux_part.each("namespaces", [&](JsonTable entry) {
    auto& one = namespaces.emplace_back();
    entry.get("type", one.type);
    entry.get("path", one.path);
    entry.require("type", !one.type.empty());
  });
  return namespaces;
}

std::map<std::string, std::vector<ConfigHook>> read_hooks(JsonTable stages) {
  std::map<std::string, std::vector<ConfigHook>> hooks;
  for (const char* const stage : hook_stages) {
    stages.each(stage, [&](JsonTable entry) {
      auto& one = hooks[stage].emplace_back();
      entry.get("path", one.path);
      entry.get("args", one.args);
      entry.get("env", one.env);
      std::int64_t timeout = 0;
      entry.get("timeout", timeout, std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max());
      if (entry.has("timeout")) one.timeout = timeout;
    });
  }
  return hooks;
}

}  // namespace

ownership::Result<BundleConfig> parse_bundle_config(std::string_view text, std::string_view name) {
  const auto value = parse_json(text, name, {longest_config, deepest_config});
  if (!value) return std::unexpected(value.error());
  std::string flaw = value->is_null() ? "not an object" : "";
  JsonTable document(*value, "", flaw);
  BundleConfig config;
  auto root = document.table("root");
  root.get("path", config.root);
  root.get("readonly", config.is_root_readonly);
  root.require("path", !config.root.empty());
  config.mounts = read_mounts(document);
  config.process = read_process(document.table("process"));
  document.get("annotations", config.annotations);
  config.namespaces = read_namespaces(document.table("linux"));
  config.hooks = read_hooks(document.table("hooks"));
  if (flaw.empty()) return config;
  return std::unexpected(Error{ExitCode::bad_input, "cannot understand", std::string(name), std::move(flaw), ""});
}

}  // namespace hook
