#include "tests/support/sockets.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <array>
#include <cstring>

namespace support {
namespace {

using ownership::Fd;

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  EXPECT_LT(path.size(), sizeof address.sun_path) << path;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  return address;
}

}  // namespace

Fd connect_to(const std::string& path, int type) {
  Fd socket(::socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const auto address = address_of(path);
  if (connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return Fd();
  return socket;
}

std::string whole_answer(const std::string& path) {
  const Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  constexpr timeval limit{1, 0};
  setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  const auto address = address_of(path);
  if (connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return "";
  shutdown(socket.get(), SHUT_WR);
  std::string answer;
  std::array<char, 512> room;
  for (ssize_t count; (count = recv(socket.get(), room.data(), room.size(), 0)) > 0;)
    answer.append(room.data(), static_cast<std::size_t>(count));
  while (answer.ends_with('\n')) answer.pop_back();
  return answer;
}

std::string ask(const std::string& path) {
  const auto answer = whole_answer(path);
  return answer.substr(0, answer.find(' '));
}

Fd bound_socket(const std::string& path, int type, int backlog) {
  Fd socket(::socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
  const auto address = address_of(path);
  EXPECT_EQ(bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0) << path;
  if (backlog >= 0 && listen(socket.get(), backlog) != 0) ADD_FAILURE() << path;
  return socket;
}

void leave_stale_socket(const std::string& path) { bound_socket(path, SOCK_STREAM, 1); }

}  // namespace support
