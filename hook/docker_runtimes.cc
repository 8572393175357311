#include "hook/docker_runtimes.h"

#include "hook/json_table.h"

namespace hook {

ownership::Result<std::vector<DockerRuntime>> parse_docker_runtimes(std::string_view text, std::string_view name) {
  const auto value = parse_json(text, name, {std::size_t{1} << 20, 16});
  if (!value) return std::unexpected(value.error());
  if (!value->is_object())
    return std::unexpected(
        ownership::Error{ownership::ExitCode::bad_input, "cannot understand", std::string(name), "not an object", ""});
  std::string flaw, preferred;
  JsonTable document(*value, "", flaw);
  document.get("default-runtime", preferred);
  std::vector<DockerRuntime> found;
  if (const auto* const runtimes = value->get_object().if_contains("runtimes"); runtimes != nullptr && runtimes->is_object())
    for (const auto& [key, runtime] : runtimes->get_object()) {
      JsonTable table(runtime, std::string(key), flaw);
      DockerRuntime one{std::string(key), "", preferred == key};
      table.get("path", one.path);
      if (one.path.substr(one.path.rfind('/') + 1).starts_with("solinit-")) found.push_back(std::move(one));
    }
  if (flaw.empty()) return found;
  return std::unexpected(
      ownership::Error{ownership::ExitCode::bad_input, "cannot understand", std::string(name), flaw, ""});
}

}  // namespace hook
