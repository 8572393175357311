#pragma once

#include <string>
#include <string_view>

#include "manifests/complaint.h"
#include "manifests/node.h"

namespace manifests {

/// Complains of all that YAML allows anywhere and a manifest nowhere: aliases, anchors, tags, merge keys, a key given
/// twice. Pure.
void check_structure(const Node& root, Complaints& complaints);

/// "sockets[0]" + "path" is "sockets[0].path"; what a message cannot show of a key is replaced. Pure.
std::string join_key(std::string_view path, std::string_view key);
std::string join_index(std::string_view path, std::size_t index);

}  // namespace manifests
