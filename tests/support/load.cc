#include "tests/support/load.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "ownership/fd.h"

namespace support {
namespace {

using ownership::Fd;
using Clock = std::chrono::steady_clock;

Outcome failed(const std::string& what) { return {"", what + ": " + std::strerror(errno)}; }

}  // namespace

Outcome request(const std::string& path, const Exchange& exchange) {
  const Fd connection(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval limit{30, 0};
  setsockopt(connection.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(connection.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  if (connect(connection.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return failed("connect");
  const auto& text = exchange.request;
  if (text.empty())
    shutdown(connection.get(), SHUT_WR);
  else if (send(connection.get(), text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size()))
    return failed("send");
  std::string answer;
  std::array<char, 1024> room;
  while (true) {
    const auto size = recv(connection.get(), room.data(), room.size(), 0);
    if (size < 0) return failed("recv");
    if (size == 0) break;
    answer.append(room.data(), static_cast<std::size_t>(size));
  }
  if (!text.empty() && answer.find(exchange.expected) != answer.npos) return {"server", ""};
  if (!text.empty() || !answer.ends_with('\n')) return {"", "end of file after " + std::to_string(answer.size()) + " bytes"};
  return {answer.substr(0, answer.find(' ')), ""};
}

Load::Load(std::string path, int clients, Exchange exchange)
    : path_(std::move(path)), exchange_(std::move(exchange)) {
  for (int i = 0; i < clients; ++i) clients_.emplace_back([this] { ask_on(); });
}

Load::~Load() { stop(); }

void Load::stop() {
  is_over_ = true;
  for (auto& client : clients_) client.join();
  clients_.clear();
}

std::string Load::first_failure() const {
  const std::lock_guard lock(guard_);
  return first_failure_;
}

std::map<std::string, long> Load::by_server() const {
  const std::lock_guard lock(guard_);
  return by_server_;
}

void Load::ask_on() {
  while (!is_over_) {
    const auto start = Clock::now();
    const auto outcome = request(path_, exchange_);
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
    count(outcome.server, outcome.failure, took.count());
  }
}

void Load::count(const std::string& server, const std::string& failure, long milliseconds) {
  const std::lock_guard lock(guard_);
  longest_ = std::max<long>(longest_, milliseconds);
  if (failure.empty()) {
    ++served_;
    ++by_server_[server];
    return;
  }
  ++failed_;
  if (first_failure_.empty()) first_failure_ = failure;
}

}  // namespace support
