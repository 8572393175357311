#include "ownership/unix_diag.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace ownership {
namespace {

constexpr unsigned listening = 10, closed = 7;  // TCP_LISTEN, TCP_CLOSE: the kernel's states, for all protocols

struct Question {
  nlmsghdr header;
  unix_diag_req request;
};

/// For a dump of all sockets; `show` is what of each.
Question question_for(std::uint32_t show) noexcept {
  Question question{};
  question.header.nlmsg_len = sizeof question;
  question.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  question.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  question.request.sdiag_family = AF_UNIX;
  question.request.udiag_states = ~0u;
  question.request.udiag_show = show;
  return question;
}

bool ask(int netlink, const Question& question) noexcept {
  return send(netlink, &question, sizeof question, 0) == static_cast<ssize_t>(sizeof question);
}

/// Calls `visit(type, value)` for each attribute of an answer.
template <typename Visit>
void for_each_attribute(std::string_view attributes, Visit visit) noexcept {
  static_assert(sizeof(unix_diag_msg) % NLMSG_ALIGNTO == 0 && sizeof(rtattr) % RTA_ALIGNTO == 0);
  while (attributes.size() >= sizeof(rtattr)) {
    rtattr attribute;
    std::memcpy(&attribute, attributes.data(), sizeof attribute);
    if (attribute.rta_len < sizeof attribute || attribute.rta_len > attributes.size()) return;
    visit(attribute.rta_type, attributes.substr(sizeof attribute, attribute.rta_len - sizeof attribute));
    attributes.remove_prefix(std::min<std::size_t>(RTA_ALIGN(attribute.rta_len), attributes.size()));
  }
}

/// Whether the last part of the address that a socket was bound to is `name`.
bool ends_in(std::string_view address, std::string_view name) noexcept {
  while (address.ends_with('\0')) address.remove_suffix(1);
  return address.substr(address.rfind('/') + 1) == name;
}

class Collection {
 public:
  Collection(const Identity& identity, std::string_view name) noexcept : identity_(identity), name_(name) {}

  void take(std::string_view body) noexcept {
    unix_diag_msg message;
    if (body.size() < sizeof message) return;
    std::memcpy(&message, body.data(), sizeof message);
    // Accepted and connecting sockets are in other states; a datagram socket is never one of them.
    const bool is_datagram = message.udiag_type == SOCK_DGRAM;
    if (!is_datagram && message.udiag_state != listening && message.udiag_state != closed) return;
    if (!is_bound_to_ours(body.substr(sizeof message))) return;
    const bool listens = message.udiag_state == listening;
    if (sockets_.count < sockets_.found.size()) {
      auto& found = sockets_.found[sockets_.count] = {message.udiag_ino, is_datagram || listens};
      if (listens) read_queue(body.substr(sizeof message), found);
    }
    ++sockets_.count;
  }

  std::optional<BoundSockets> result() const noexcept {
    if (sockets_.count > sockets_.found.size()) return {};
    return sockets_;
  }

 private:
  static void read_queue(std::string_view attributes, BoundSocket& found) noexcept {
    for_each_attribute(attributes, [&](unsigned type, std::string_view value) {
      unix_diag_rqlen queue;
      if (type != UNIX_DIAG_RQLEN || value.size() < sizeof queue) return;
      std::memcpy(&queue, value.data(), sizeof queue);
      found.waiting = queue.udiag_rqueue;
      found.backlog = queue.udiag_wqueue;
    });
  }

  bool is_bound_to_ours(std::string_view attributes) const noexcept {
    bool is_inode = false, is_name = false;
    for_each_attribute(attributes, [&](unsigned type, std::string_view value) {
      unix_diag_vfs vfs;
      if (type == UNIX_DIAG_VFS && value.size() >= sizeof vfs) {
        std::memcpy(&vfs, value.data(), sizeof vfs);
        is_inode = vfs.udiag_vfs_ino == static_cast<std::uint32_t>(identity_.inode) &&
                   vfs.udiag_vfs_dev == (identity_.device_major << 20 | identity_.device_minor);
      }
      if (type == UNIX_DIAG_NAME) is_name = ends_in(value, name_);
    });
    return is_inode && (is_name || identity_.inode <= 0xFFFFFFFFu);
  }

  const Identity& identity_;
  std::string_view name_;
  BoundSockets sockets_;
};

enum class Heard { more, all, failure };

Heard hear(std::string_view answer, Collection& collection) noexcept {
  while (answer.size() >= sizeof(nlmsghdr)) {
    nlmsghdr header;
    std::memcpy(&header, answer.data(), sizeof header);
    if (header.nlmsg_len < sizeof header || header.nlmsg_len > answer.size()) return Heard::failure;
    if ((header.nlmsg_flags & NLM_F_DUMP_INTR) != 0 || header.nlmsg_type == NLMSG_ERROR) return Heard::failure;
    if (header.nlmsg_type == NLMSG_DONE) return Heard::all;
    if (header.nlmsg_type == SOCK_DIAG_BY_FAMILY)
      collection.take(answer.substr(NLMSG_HDRLEN, header.nlmsg_len - NLMSG_HDRLEN));
    answer.remove_prefix(std::min<std::size_t>(NLMSG_ALIGN(header.nlmsg_len), answer.size()));
  }
  return Heard::more;
}

}  // namespace

std::optional<BoundSockets> bound_sockets(const Identity& identity, std::string_view name) noexcept {
  const Fd netlink(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SOCK_DIAG));
  if (!netlink || !ask(netlink.get(), question_for(UDIAG_SHOW_VFS | UDIAG_SHOW_NAME | UDIAG_SHOW_RQLEN))) return {};
  Collection collection(identity, name);
  alignas(nlmsghdr) std::array<char, 8192> room;
  while (true) {
    const auto size = recv(netlink.get(), room.data(), room.size(), MSG_TRUNC);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0 || static_cast<std::size_t>(size) > room.size()) return {};
    const auto heard = hear({room.data(), static_cast<std::size_t>(size)}, collection);
    if (heard == Heard::all) return collection.result();
    if (heard == Heard::failure) return {};
  }
}

std::optional<bool> is_accepted(int connection) noexcept {
  struct stat status{};
  const Fd netlink(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SOCK_DIAG));
  if (!netlink || fstat(connection, &status) != 0) return {};
  Question question = question_for(UDIAG_SHOW_PEER);
  question.header.nlmsg_flags = NLM_F_REQUEST;
  question.request.udiag_ino = static_cast<std::uint32_t>(status.st_ino);
  question.request.udiag_cookie[0] = question.request.udiag_cookie[1] = ~0u;  // any
  alignas(nlmsghdr) std::array<char, 512> room;
  if (!ask(netlink.get(), question)) return {};
  const auto size = recv(netlink.get(), room.data(), room.size(), 0);
  nlmsghdr header;
  if (size < static_cast<ssize_t>(NLMSG_LENGTH(sizeof(unix_diag_msg)))) return {};
  std::memcpy(&header, room.data(), sizeof header);
  if (header.nlmsg_type != SOCK_DIAG_BY_FAMILY || header.nlmsg_len > static_cast<std::size_t>(size)) return {};
  std::optional<bool> accepted;
  const std::string_view answer(room.data(), header.nlmsg_len);
  for_each_attribute(answer.substr(NLMSG_LENGTH(sizeof(unix_diag_msg))), [&](unsigned type, std::string_view value) {
    std::uint32_t peer = 0;
    if (type != UNIX_DIAG_PEER || value.size() < sizeof peer) return;
    std::memcpy(&peer, value.data(), sizeof peer);
    accepted = peer != 0;  // a socket that was not accepted has no file yet, and so no inode
  });
  return accepted;
}

}  // namespace ownership
