#pragma once

#include <span>
#include <string_view>

#include "launcher/adopt_target.h"

namespace launcher {

/// A path as a program wrote it, in two: "a/b" is "a" and "b", "b" is "." and "b", "/b" is "/" and "b". The name is
/// empty where the path names a directory for certain: "a/", "..", "".
struct PathParts {
  std::string_view parent, name;
  bool operator==(const PathParts&) const = default;
};

/// Pure.
PathParts split_path(std::string_view path) noexcept;

/// Pure. The target whose listener tells `path` as its own address: -1 when there is none.
int target_of_address(std::string_view path, std::span<const AdoptTarget> targets) noexcept;

/// Pure. Whether `name` is that of a target: what has another name need not be looked for.
bool is_target_name(std::string_view name, std::span<const AdoptTarget> targets) noexcept;

/// Which target stands where a path leads.
struct Destination {
  int target = -1;        ///< -1: none
  bool is_beside = false;  ///< another name in the directory of that target
  bool is_target() const noexcept { return target >= 0 && !is_beside; }
};

/// Pure. `directory` is what the path's parent led to.
Destination find_target(const ownership::Identity& directory, std::string_view name,
                        std::span<const AdoptTarget> targets) noexcept;

}  // namespace launcher
