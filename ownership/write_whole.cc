#include "ownership/write_whole.h"

#include <unistd.h>

#include <cerrno>

namespace ownership {

bool write_whole(int file, std::string_view text) noexcept {
  while (!text.empty()) {
    const auto size = write(file, text.data(), text.size());
    if (size > 0)
      text.remove_prefix(static_cast<std::size_t>(size));
    else if (size == 0 || errno != EINTR)
      return false;
  }
  return true;
}

}  // namespace ownership
