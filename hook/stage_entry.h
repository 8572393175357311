#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "hook/bundle_config.h"

namespace hook {

/// Seconds that a runtime gives a stage: a predecessor has its patience and its grace, and the stage its own deadline
/// before.
inline constexpr std::int64_t stage_timeout = 60;

/// Our stages as they stand in a config.json: an environment of their own, and a timeout. Pure.
std::vector<std::pair<std::string, ConfigHook>> stage_entries(const std::string& program, const std::string& manifests);

}  // namespace hook
