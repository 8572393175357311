#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "manifests/manifest.h"
#include "status/process.h"
#include "status/sight.h"

namespace status {

/// What a newcomer would go by.
struct Policy {
  bool is_named = false;  ///< a manifest names the place; else the defaults are spoken of
  manifests::TakeoverPolicy takeover = manifests::TakeoverPolicy::handover;
  bool evicts_strangers = true;
};

/// Pure. In sentences, a line each: how it stands with the place, how that is known, what a solinit that is started now
/// would do, and what the operator can do; then the zombies, with who has to wait for them.
std::string explain(const Sight& sight, const Policy& policy, std::span<const Zombie> zombies, std::int64_t now);

}  // namespace status
