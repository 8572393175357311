#include "bench/clients.h"

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

namespace bench {

namespace {

Answer failed(const char* what) { return {{}, std::string(what) + ": " + std::strerror(errno)}; }

}  // namespace

Answer answer_at(const std::string& path) {
  constexpr std::string_view question = "GET / HTTP/1.0\r\n\r\n";
  const ownership::Fd connection(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval longest{30, 0};
  setsockopt(connection.get(), SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof longest);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  if (connect(connection.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return failed("connect");
  // Who speaks late is answered by the witness as one that only listens: it may have hung up already.
  send(connection.get(), question.data(), question.size(), MSG_NOSIGNAL);
  std::string answer;
  std::array<char, 1024> room;
  while (true) {
    const auto size = recv(connection.get(), room.data(), room.size(), 0);
    if (size < 0) return failed("recv");
    if (size == 0) break;
    answer.append(room.data(), static_cast<std::size_t>(size));
  }
  if (answer.find('\n') == std::string::npos) return {{}, "recv: end of file"};
  return {answer, {}};
}

Clients::Clients(std::string socket, int count) : socket_(std::move(socket)), requests_(static_cast<std::size_t>(count)) {
  for (auto& requests : requests_) threads_.emplace_back([this, &requests] { ask_on(requests); });
}

Clients::~Clients() { stop(); }

void Clients::ask_on(std::vector<Request>& requests) {
  while (!is_over_) {
    const auto start = now();
    const auto answer = answer_at(socket_);
    requests.push_back({start, now(), answer.failure.empty()});
    if (answer.failure.empty()) continue;
    const std::lock_guard lock(guard_);
    if (first_failure_.empty()) first_failure_ = answer.failure;
  }
}

std::vector<Request> Clients::stop() {
  is_over_ = true;
  for (auto& thread : threads_) thread.join();
  threads_.clear();
  std::vector<Request> all;
  for (auto& requests : requests_) all.insert(all.end(), requests.begin(), requests.end());
  requests_.clear();
  std::sort(all.begin(), all.end(), [](const Request& a, const Request& b) { return a.end < b.end; });
  return all;
}

}  // namespace bench
