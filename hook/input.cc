#include "hook/input.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace hook {

using ownership::Error;
using ownership::ExitCode;

ownership::Result<std::string> read_input(std::size_t most, const ownership::Patience& patience) {
  constexpr const char* what = "cannot read the state of the container";
  std::string text;
  std::array<char, 4096> room;
  while (true) {
    if (patience.wait(STDIN_FILENO, POLLIN) != ownership::Woke::ready)
      return std::unexpected(Error{ExitCode::system_call, what, "", "the runtime does not end it in time", ""});
    const auto size = read(STDIN_FILENO, room.data(), room.size());
    if (size == 0) return text;
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return std::unexpected(ownership::system_error(what, "", errno));
    text.append(room.data(), static_cast<std::size_t>(size));
    if (text.size() > most)
      return std::unexpected(Error{ExitCode::bad_input, what, "", "larger than 1 MiB", ""});
  }
}

}  // namespace hook
