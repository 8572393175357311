#include "hook/config_edit.h"

#include <algorithm>

#include "hook/json_table.h"

namespace hook {
namespace {

namespace json = boost::json;

json::array list_of(const std::vector<std::string>& texts) { return json::array(texts.begin(), texts.end()); }

json::value value_of(const ConfigHook& hook) {
  json::object entry{{"path", hook.path}, {"args", list_of(hook.args)}, {"env", list_of(hook.env)}};
  if (hook.timeout) entry["timeout"] = *hook.timeout;
  return entry;
}

json::value value_of(const ConfigMount& mount) {
  return json::object{{"destination", mount.destination},
                      {"type", mount.type},
                      {"source", mount.source},
                      {"options", list_of(mount.options)}};
}

/// What is null, as runtimes take it for absent, becomes an empty one. The type was checked before.
json::object& object_at(json::object& parent, std::string_view key) {
  auto& value = parent[json::string_view(key.data(), key.size())];
  return value.is_object() ? value.get_object() : value.emplace_object();
}
json::array& list_at(json::object& parent, std::string_view key) {
  auto& value = parent[json::string_view(key.data(), key.size())];
  return value.is_array() ? value.get_array() : value.emplace_array();
}

std::string_view text_at(const json::value& object, const char* key) {
  const auto* const value = object.as_object().if_contains(key);
  return value == nullptr || !value->is_string() ? std::string_view() : std::string_view(value->get_string());
}

std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool runs(const json::value& entry, const ConfigHook& hook) {
  if (file_name(text_at(entry, "path")) != file_name(hook.path)) return false;
  const auto* const args = entry.as_object().if_contains("args");
  return args != nullptr && args->is_array() && args->get_array().size() > 1 && hook.args.size() > 1 &&
         args->get_array()[1] == json::value(hook.args[1]);
}

bool add_hook(json::object& config, const std::string& stage, const ConfigHook& hook) {
  auto& entries = list_at(object_at(config, "hooks"), stage);
  if (std::any_of(entries.begin(), entries.end(), [&](const json::value& entry) { return runs(entry, hook); }))
    return false;
  entries.push_back(value_of(hook));
  return true;
}

void add_mount(json::object& config, const ConfigMount& mount) {
  auto& mounts = list_at(config, "mounts");
  const auto is_there = [&](const json::value& other) { return text_at(other, "destination") == mount.destination; };
  if (std::none_of(mounts.begin(), mounts.end(), is_there)) mounts.push_back(value_of(mount));
}

void inject(json::object& config, const Injection& injection) {
  for (const auto& mount : injection.mounts) add_mount(config, mount);
  auto& args = list_at(object_at(config, "process"), "args");
  auto command = list_of(injection.command);
  command.insert(command.end(), args.begin(), args.end());
  args = std::move(command);
}

}  // namespace

ownership::Result<std::optional<std::string>> edit_config(std::string_view text, std::string_view name,
                                                          const ConfigEdit& edit) {
  auto value = parse_json(text, name, {longest_config, deepest_config});
  if (!value) return std::unexpected(std::move(value.error()));
  auto& config = value->as_object();
  bool is_changed = edit.injection.has_value();
  for (const auto& [stage, hook] : edit.hooks) is_changed |= add_hook(config, stage, hook);
  if (edit.injection) inject(config, *edit.injection);
  if (!is_changed) return std::optional<std::string>{};
  return json::serialize(*value) + "\n";
}

}  // namespace hook
