#include "hook/state.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "hook/json_table.h"

namespace hook {
namespace {

using ownership::Error;
using ownership::ExitCode;

constexpr const char* name_of_state = "the state of the container";

/// Ids become file names: none that leads elsewhere, and none of blanks or control characters.
bool is_file_name(std::string_view id) {
  if (id.empty() || id.size() > 200 || id.starts_with('.')) return false;
  return std::all_of(id.begin(), id.end(), [](char c) { return c > ' ' && c < '\x7f' && c != '/'; });
}

std::string flaw_of(const State& state) {
  if (!is_file_name(state.id)) return "id: missing, or no name that a file can have";
  return state.bundle.starts_with('/') ? "" : "bundle: missing, or not absolute";
}

}  // namespace

ownership::Result<State> parse_state(std::string_view text) {
  const auto value = parse_json(text, name_of_state, {longest_state, deepest_state});
  if (!value) return std::unexpected(value.error());
  std::string flaw = value->is_null() ? "not an object" : "";
  JsonTable document(*value, "", flaw);
  State state;
  document.get("id", state.id);
  document.get("bundle", state.bundle);
  std::int64_t pid = 0;
  document.get("pid", pid, 0, std::numeric_limits<pid_t>::max());
  state.pid = static_cast<pid_t>(pid);
  document.get("annotations", state.annotations);
  if (flaw.empty()) flaw = flaw_of(state);
  if (flaw.empty()) return state;
  return std::unexpected(Error{ExitCode::bad_input, "cannot understand", name_of_state, std::move(flaw), ""});
}

}  // namespace hook
