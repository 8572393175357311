#include "control/control_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>

#include "control/bind_in.h"

namespace control {
namespace {

using ownership::Fd;

std::string control_name(const std::string& name) { return name + ".ctl"; }

sockaddr_un address_of(const char* path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
  return address;
}

const sockaddr* generic(const sockaddr_un& address) { return reinterpret_cast<const sockaddr*>(&address); }

Fd new_socket() { return Fd(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)); }

void unlink_quietly(int directory, const char* name) { unlinkat(directory, name, 0); }

/// One short name for each item, so that the holder of its lease is the only one who uses it, and what a crash left
/// under it is found by the next.
std::array<char, 40> staging_name(const std::string& name) {
  std::uint64_t hash = 14695981039346656037u;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  std::array<char, 40> staging;
  std::snprintf(staging.data(), staging.size(), "ctl.%016llx", static_cast<unsigned long long>(hash));
  return staging;
}

ownership::Error cannot_listen(const std::string& name) {
  return ownership::system_error("cannot make the control socket of", name, errno);
}

}  // namespace

ownership::Result<Fd> listen_as(int records, const std::string& name) {
  Fd listener = new_socket();
  if (!listener) return std::unexpected(cannot_listen(name));
  const auto staging = staging_name(name);
  unlink_quietly(records, staging.data());

  const mode_t previous = umask(0177);
  const bool is_bound = bind_in(listener.get(), records, staging.data());
  umask(previous);
  if (!is_bound) return std::unexpected(cannot_listen(name));

  struct stat directory{};
  const bool gives_away = geteuid() == 0 && fstat(records, &directory) == 0 && directory.st_uid != 0;
  if ((gives_away && fchownat(records, staging.data(), directory.st_uid, directory.st_gid, AT_SYMLINK_NOFOLLOW) != 0) ||
      listen(listener.get(), 16) != 0 ||
      renameat(records, staging.data(), records, control_name(name).c_str()) != 0) {
    const auto error = cannot_listen(name);
    unlink_quietly(records, staging.data());
    return std::unexpected(error);
  }
  return listener;
}

ino_t inode_of(int records, const std::string& name) noexcept {
  struct stat status{};
  return fstatat(records, control_name(name).c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 ? status.st_ino : 0;
}

void withdraw(int records, const std::string& name, ino_t inode) noexcept {
  if (inode != 0 && inode_of(records, name) == inode) unlink_quietly(records, control_name(name).c_str());
}

Fd connect_to(int records, const std::string& name) noexcept {
  const auto control = control_name(name);
  const Fd entry(openat(records, control.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct stat status{};
  if (!entry || fstat(entry.get(), &status) != 0) return {};
  if (!S_ISSOCK(status.st_mode)) {
    errno = ENOTSOCK;
    return {};
  }
  Fd connection = new_socket();
  if (!connection) return {};
  std::array<char, 40> path;
  std::snprintf(path.data(), path.size(), "/proc/self/fd/%d", entry.get());
  auto address = address_of(path.data());
  if (connect(connection.get(), generic(address), sizeof address) == 0) return connection;
  if (errno != ENOENT || control.size() >= sizeof address.sun_path || fchdir(records) != 0) return {};
  address = address_of(control.c_str());
  const bool is_connected = connect(connection.get(), generic(address), sizeof address) == 0;
  const int reason = errno;
  if (chdir("/") != 0 || !is_connected) {
    errno = reason;
    return {};
  }
  return connection;
}

bool is_trusted(int connection) noexcept {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return peer.uid == 0 || peer.uid == geteuid();
}

bool send_message(int connection, const Message& message, std::span<const int> descriptors) noexcept {
  std::array<char, max_message> room;
  return send_packet(connection, format_message(message, room), descriptors);
}

bool send_packet(int connection, std::string_view bytes, std::span<const int> descriptors) noexcept {
  iovec line{const_cast<char*>(bytes.data()), bytes.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * max_descriptors)> ancillary{};
  msghdr header{};
  header.msg_iov = &line;
  header.msg_iovlen = 1;
  if (!descriptors.empty()) {
    const auto count = std::min(descriptors.size(), max_descriptors);
    header.msg_control = ancillary.data();
    header.msg_controllen = CMSG_SPACE(sizeof(int) * count);
    auto* part = CMSG_FIRSTHDR(&header);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(sizeof(int) * count);
    std::memcpy(CMSG_DATA(part), descriptors.data(), sizeof(int) * count);
  }
  ssize_t sent;
  do sent = sendmsg(connection, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
  while (sent < 0 && errno == EINTR);
  return sent == static_cast<ssize_t>(bytes.size());
}

Receipt receive(int connection, Received& received) noexcept {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * max_descriptors)> ancillary{};
  iovec line{received.room.data(), received.room.size()};
  msghdr header{};
  header.msg_iov = &line;
  header.msg_iovlen = 1;
  header.msg_control = ancillary.data();
  header.msg_controllen = ancillary.size();
  ssize_t size;
  do size = recvmsg(connection, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  while (size < 0 && errno == EINTR);
  if (size < 0) return errno == EAGAIN ? Receipt::nothing_yet : Receipt::hung_up;

  received.size = static_cast<std::size_t>(size);
  received.is_truncated = (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
  received.descriptor_count = 0;
  for (auto* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const auto count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int number;
      std::memcpy(&number, CMSG_DATA(part) + i * sizeof(int), sizeof number);
      Fd arrived(number);
      if (received.descriptor_count < received.descriptors.size())
        received.descriptors[received.descriptor_count++] = std::move(arrived);
    }
  }
  return size == 0 ? Receipt::hung_up : Receipt::message;
}

}  // namespace control
