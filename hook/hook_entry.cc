#include "hook/hook_entry.h"

#include <regex.h>

#include <algorithm>
#include <array>
#include <utility>

#include "hook/json_table.h"

namespace hook {
namespace {

constexpr std::array<std::string_view, 7> known_stages{
    "precreate", "prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"};

constexpr std::int64_t longest_timeout = 86400;

/// Unanchored, as the engines do. An expression that is none here matches nothing.
bool matches(const std::string& pattern, const std::string& text) {
  regex_t compiled;
  if (regcomp(&compiled, pattern.c_str(), REG_EXTENDED | REG_NOSUB) != 0) return false;
  const bool is_match = regexec(&compiled, text.c_str(), 0, nullptr, 0) == 0;
  regfree(&compiled);
  return is_match;
}

std::string timeout_in(const std::vector<std::string>& args) {
  for (std::size_t i = 0; i < args.size(); ++i) {
    if (args[i].starts_with("--timeout=")) return args[i].substr(std::string_view("--timeout=").size());
    if (args[i] == "--timeout" && i + 1 < args.size()) return args[i + 1];
  }
  return "10";
}

std::string why_command_fails(const std::vector<std::string>& patterns, const std::vector<std::string>& args) {
  if (patterns.empty()) return "";
  const auto is_met = [&](const std::string& pattern) { return !args.empty() && matches(pattern, args.front()); };
  if (std::any_of(patterns.begin(), patterns.end(), is_met)) return "";
  std::string all;
  for (const auto& pattern : patterns) all += (all.empty() ? "" : " or ") + pattern;
  return "its when asks for a command " + all;
}

}  // namespace

bool HookEntry::is_ours() const { return path.substr(path.rfind('/') + 1) == "solinit-hook"; }

ownership::Result<HookEntry> parse_hook_entry(std::string_view text, std::string_view name) {
  const auto value = parse_json(text, name, {std::size_t{1} << 20, 16});
  if (!value) return std::unexpected(value.error());
  std::string flaw = value->is_null() ? "not an object" : "", version;
  JsonTable document(*value, "", flaw);
  HookEntry entry;
  document.get("version", version);
  auto hook = document.table("hook");
  hook.get("path", entry.path);
  hook.get("args", entry.args);
  entry.has_env = hook.has("env");
  hook.get("timeout", entry.timeout, 1, longest_timeout);
  auto when = document.table("when");
  when.get("always", entry.is_always);
  entry.is_never = when.has("always") && !entry.is_always;
  when.get("hasBindMounts", entry.needs_bind_mounts);
  when.get("annotations", entry.annotations);
  when.get("commands", entry.commands);
  document.get("stages", entry.stages);
  hook.require("path", entry.path.starts_with('/'));
  document.require("stages", !entry.stages.empty());
  if (flaw.empty() && version != "1.0.0") flaw = "version: not 1.0.0";
  for (const auto& stage : entry.stages)
    if (flaw.empty() && std::find(known_stages.begin(), known_stages.end(), stage) == known_stages.end())
      flaw = "stages: unknown stage '" + stage + "'";
  if (flaw.empty()) return entry;
  return std::unexpected(ownership::Error{ownership::ExitCode::bad_input, "cannot understand", std::string(name),
                                          std::move(flaw), ""});
}

std::vector<std::string> flaws_of(const HookEntry& entry) {
  std::vector<std::string> flaws;
  const auto command = entry.args.size() > 1 ? entry.args[1] : "";
  for (const auto& stage : entry.stages)
    if (stage != command)
      flaws.push_back("args call '" + command + "' in the stage " + stage + ": write a file for each stage");
  if (!entry.has_env) flaws.emplace_back("env is missing: the hook would be given the engine's environment; write env: []");
  const bool is_settling = command == "createRuntime" || command == "prestart" || command == "poststop";
  if (entry.timeout == 0)
    flaws.emplace_back("timeout is missing: a hook that hangs would hang the engine");
  else if (is_settling && timeout_in(entry.args) != std::to_string(entry.timeout))
    flaws.push_back("timeout is " + std::to_string(entry.timeout) + ", and --timeout " + timeout_in(entry.args) +
                    ": the hook must know its timeout");
  return flaws;
}

std::string why_not_called(const HookEntry& entry, const BundleConfig& config) {
  if (entry.is_never) return "its when says always: false";
  if (!entry.is_always && !entry.needs_bind_mounts && entry.annotations.empty() && entry.commands.empty())
    return "its when has no condition";
  if (entry.needs_bind_mounts && config.mounts.empty()) return "its when asks for bind mounts";
  for (const auto& [key, value] : entry.annotations) {
    const bool has_one = std::any_of(config.annotations.begin(), config.annotations.end(), [&](const auto& one) {
      return matches(key, one.first) && matches(value, one.second);
    });
    if (!has_one) return "its when asks for an annotation " + key + "=" + value;
  }
  return why_command_fails(entry.commands, config.process.args);
}

}  // namespace hook
