#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace manifests {

/// The path of a socket or pid file without what changes nothing ("//", "/./"), or why it cannot be owned. Looks at
/// the text only. Pure.
std::expected<std::string, std::string> to_path(std::string_view text, std::size_t most_bytes);

/// The default name of a socket: its file name without its extension. Pure.
std::string stem_of(std::string_view path);

}  // namespace manifests
