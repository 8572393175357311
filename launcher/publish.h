#pragma once

#include "launcher/claiming.h"

namespace launcher {

/// Writes the owner file of each holding: who we are, and, once they exist, which sockets we serve. What cannot be
/// written is a warning: the files are for people and tools, the leases are what counts.
void publish(const Tenure& tenure, const std::string& owner) noexcept;

}  // namespace launcher
