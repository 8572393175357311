#pragma once

#include <optional>
#include <string_view>

#include "manifests/complaint.h"
#include "manifests/node.h"

namespace manifests {

/// Reads YAML into a tree. `text` has passed find_blemish and is at most max_size long. What is no YAML, or beyond
/// the limits of a tree, becomes a complaint and gives no tree; nothing deeper or larger is ever built. Oddities are
/// only marked. Throws only std::bad_alloc.
std::optional<Node> read_tree(std::string_view text, Complaints& complaints);

}  // namespace manifests
