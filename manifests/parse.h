#pragma once

#include <expected>
#include <string_view>
#include <vector>

#include "manifests/complaint.h"
#include "manifests/limits.h"
#include "manifests/manifest.h"

namespace manifests {

/// Reads a manifest; `file` is only its name in messages. On failure all that is wrong, in the order of the document;
/// at least one complaint, and not more than max_complaints and one that counts the rest. Whatever `text` holds, time
/// and memory stay small: a document over max_size is not looked at, and no tree beyond max_depth and max_nodes is
/// built. Pure; throws only std::bad_alloc.
std::expected<Manifest, std::vector<Complaint>> parse(std::string_view text, std::string_view file);

}  // namespace manifests
