#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "manifests/node.h"

namespace manifests {

struct Blemish {
  Mark mark;
  std::string text;
};

/// The first thing that is no UTF-8 text: a malformed sequence, or a control character other than tab and line ends
/// (LF and CR LF). Pure.
std::optional<Blemish> find_blemish(std::string_view document);

/// The length of the UTF-8 sequence at the beginning of `text`, by RFC 3629; 0 when it is none. Pure.
std::size_t sequence_length(std::string_view text) noexcept;

}  // namespace manifests
