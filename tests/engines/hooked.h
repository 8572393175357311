#pragma once

#include <string>

#include "tests/engines/shop.h"

/// solinit-hook as the engines call it: by hooks.d under podman, by the bundle under bare runc and crun.
namespace engines {

class Hooked {
 public:
  explicit Hooked(const Shop& shop);
  Hooked(const Hooked&) = delete;
  Hooked& operator=(const Hooked&) = delete;
  ~Hooked();

  /// The host's manifest of the owner "shop": the shop's socket, and `more` lines.
  void own(const std::string& more = {}) const;
  /// `recipe` for a container that the manifest speaks of.
  Recipe with_hook(Recipe recipe) const;
  std::string report() const;
  const std::string& hooks_dir() const { return hooks_dir_; }

 private:
  const Shop& shop_;
  std::string place_, hooks_dir_;
};

}  // namespace engines
