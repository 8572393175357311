#pragma once

#include <string_view>

namespace ownership {

/// write(2) until all of `text` is written. False with errno where it cannot be; what was written stays written. Blocks
/// as write(2) does.
bool write_whole(int file, std::string_view text) noexcept;

}  // namespace ownership
