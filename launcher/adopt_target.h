#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "ownership/look.h"

namespace launcher {

/// A socket whose listener the web process is to be given. `describe_listener` fills in what is known of that.
struct AdoptTarget {
  std::string_view path;  ///< for messages
  std::string_view name;  ///< in `directory`, which whoever made this holds open
  int directory = -1;
  ownership::Identity directory_identity;
  int listener = -1;
  std::uint64_t listener_inode = 0;  ///< of the socket itself, as in /proc/PID/fd: "socket:[inode]"
  std::array<char, 109> address{};   ///< what getsockname(2) tells of it: another name that the web process knows
  bool listens_by_call = true;       ///< a datagram socket serves as soon as it is bound
};

/// Sets all that the listener's descriptor tells.
void describe_listener(AdoptTarget& target, int listener) noexcept;

}  // namespace launcher
