#pragma once

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "control/message.h"
#include "ownership/error.h"
#include "ownership/fd.h"

/// The control socket's system calls (unix(7), SOCK_SEQPACKET). All descriptors are non-blocking and close-on-exec.
namespace control {

inline constexpr std::size_t max_descriptors = 136;  ///< in one message: 64 leases, 64 listeners, a life line

/// A message as it arrived. `size` 0: the peer has hung up. Descriptors beyond `max_descriptors` are closed by the
/// kernel and `is_truncated` says so.
struct Received {
  std::array<char, max_message> room;
  std::size_t size = 0;
  std::array<ownership::Fd, max_descriptors> descriptors;
  std::size_t descriptor_count = 0;
  bool is_truncated = false;

  std::string_view text() const noexcept { return {room.data(), size}; }
};

/// Listens on `<name>.ctl` in the directory `records`, replacing what stands there by one rename(2): a peer finds the
/// old listener or the new one, never none. Mode 0600, owned like the directory where we are root.
ownership::Result<ownership::Fd> listen_as(int records, const std::string& name);

/// Unlinks `<name>.ctl` when it is the very socket `listener` is bound to.
void withdraw(int records, const std::string& name, ino_t inode) noexcept;
/// The inode behind `<name>.ctl`; 0 when there is none.
ino_t inode_of(int records, const std::string& name) noexcept;

/// Connects to `<name>.ctl`. Returns no descriptor, with errno set, when nobody listens there or it is not a socket.
ownership::Fd connect_to(int records, const std::string& name) noexcept;

/// Whether the peer runs as our user or as root (SO_PEERCRED).
bool is_trusted(int connection) noexcept;

/// False with errno: EPIPE or ECONNRESET when the peer is gone, EAGAIN when it does not read.
bool send_message(int connection, const Message& message, std::span<const int> descriptors = {}) noexcept;
/// The same, of bytes that mean something to both ends.
bool send_packet(int connection, std::string_view bytes, std::span<const int> descriptors) noexcept;

enum class Receipt { message, nothing_yet, hung_up };
Receipt receive(int connection, Received& received) noexcept;

}  // namespace control
