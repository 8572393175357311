#include "launcher/adopt_path.h"

#include <algorithm>

namespace launcher {

PathParts split_path(std::string_view path) noexcept {
  const auto slash = path.rfind('/');
  const auto name = slash == path.npos ? path : path.substr(slash + 1);
  if (name.empty() || name == "." || name == "..") return {};
  if (slash == path.npos) return {".", name};
  return {slash == 0 ? path.substr(0, 1) : path.substr(0, slash), name};
}

int target_of_address(std::string_view path, std::span<const AdoptTarget> targets) noexcept {
  for (std::size_t i = 0; i < targets.size(); ++i)
    if (!path.empty() && path == targets[i].address.data()) return static_cast<int>(i);
  return -1;
}

bool is_target_name(std::string_view name, std::span<const AdoptTarget> targets) noexcept {
  return std::any_of(targets.begin(), targets.end(), [&](const AdoptTarget& target) { return target.name == name; });
}

Destination find_target(const ownership::Identity& directory, std::string_view name,
                        std::span<const AdoptTarget> targets) noexcept {
  Destination found;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    if (targets[i].directory_identity != directory) continue;
    if (targets[i].name == name) return {static_cast<int>(i), false};
    if (found.target < 0) found = {static_cast<int>(i), true};
  }
  return found;
}

}  // namespace launcher
