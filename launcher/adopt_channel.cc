#include "launcher/adopt_channel.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace launcher {
namespace {

using ownership::Fd;

/// Room for one descriptor beside one byte.
struct Envelope {
  char byte = 0;
  iovec part{&byte, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> ancillary{};
  msghdr header{};

  Envelope() noexcept {
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = ancillary.data();
    header.msg_controllen = ancillary.size();
  }
  Envelope(const Envelope&) = delete;
  Envelope& operator=(const Envelope&) = delete;
};

}  // namespace

ownership::Result<AdoptChannel> make_adopt_channel() {
  std::array<int, 2> ends;
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return std::unexpected(ownership::system_error("cannot watch the system calls of", "the web process", errno));
  return AdoptChannel{Fd(ends[0]), Fd(ends[1])};
}

bool send_notify(int channel, int notify) noexcept {
  Envelope envelope;
  auto* const part = CMSG_FIRSTHDR(&envelope.header);
  part->cmsg_level = SOL_SOCKET;
  part->cmsg_type = SCM_RIGHTS;
  part->cmsg_len = CMSG_LEN(sizeof notify);
  std::memcpy(CMSG_DATA(part), &notify, sizeof notify);
  return sendmsg(channel, &envelope.header, MSG_NOSIGNAL) == 1;
}

Fd receive_notify(int channel, std::chrono::milliseconds limit) noexcept {
  pollfd arrives{channel, POLLIN, 0};
  poll(&arrives, 1, static_cast<int>(limit.count()));
  Envelope envelope;
  if (recvmsg(channel, &envelope.header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) != 1) return Fd();
  const auto* const part = CMSG_FIRSTHDR(&envelope.header);
  if (part == nullptr || part->cmsg_type != SCM_RIGHTS || part->cmsg_len != CMSG_LEN(sizeof(int))) return Fd();
  int notify = -1;
  std::memcpy(&notify, CMSG_DATA(part), sizeof notify);
  return Fd(notify);
}

bool send_report(int channel, AdoptReport report) noexcept {
  return send(channel, &report, sizeof report, MSG_NOSIGNAL | MSG_DONTWAIT) == static_cast<ssize_t>(sizeof report);
}

std::optional<AdoptReport> receive_report(int channel, bool& has_hung_up) noexcept {
  AdoptReport report;
  const auto size = recv(channel, &report, sizeof report, MSG_DONTWAIT);
  has_hung_up = size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR);
  if (size != static_cast<ssize_t>(sizeof report)) return std::nullopt;
  return report;
}

}  // namespace launcher
