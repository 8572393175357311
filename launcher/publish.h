#pragma once

#include "launcher/claiming.h"

namespace launcher {

/// Writes the owner file of each holding: who we are, and, once they exist, which sockets we serve. Errors: as
/// write_owner_record, of the first that could not be written. The files are for people, tools, and whoever comes after
/// we died; the leases are what counts.
ownership::Result<void> publish(const Tenure& tenure, const std::string& owner) noexcept;

/// Whether each holding has an owner file, whoever wrote it.
bool are_owner_files_there(const Tenure& tenure) noexcept;

}  // namespace launcher
