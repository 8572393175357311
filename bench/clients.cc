#include "bench/clients.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "ownership/fd.h"

namespace bench {

std::string answer_at(const std::string& path) {
  constexpr std::string_view question = "GET / HTTP/1.0\r\n\r\n";
  const ownership::Fd connection(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval longest{30, 0};
  setsockopt(connection.get(), SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof longest);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  if (connect(connection.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return {};
  if (send(connection.get(), question.data(), question.size(), MSG_NOSIGNAL) != std::ssize(question)) return {};
  std::string answer;
  std::array<char, 1024> room;
  while (true) {
    const auto size = recv(connection.get(), room.data(), room.size(), 0);
    if (size < 0) return {};
    if (size == 0) return answer;
    answer.append(room.data(), static_cast<std::size_t>(size));
  }
}

Clients::Clients(std::string socket, int count) : socket_(std::move(socket)), requests_(static_cast<std::size_t>(count)) {
  for (auto& requests : requests_) threads_.emplace_back([this, &requests] { ask_on(requests); });
}

Clients::~Clients() { stop(); }

void Clients::ask_on(std::vector<Request>& requests) const {
  while (!is_over_) {
    const auto start = now();
    // Who speaks late is answered by the witness as one that only listens.
    const bool is_served = answer_at(socket_).find('\n') != std::string::npos;
    requests.push_back({start, now(), is_served});
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
