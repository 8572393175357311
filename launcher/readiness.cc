#include "launcher/readiness.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "launcher/watch.h"
#include "ownership/listening.h"
#include "ownership/log.h"
#include "ownership/unix_diag.h"

namespace launcher {
namespace {

using manifests::ReadyWhen;
using ownership::Clock;
using ownership::Fd;
using ownership::Item;
using std::chrono::milliseconds;

// A server that boots in milliseconds is seen in milliseconds; one that takes seconds costs forty looks a second.
constexpr milliseconds first_interval{1}, longest_interval{25}, longest_http_interval{500}, answer_limit{2000};

/// Whether a line of the datagram is READY=1 (sd_notify(3)).
bool says_ready(std::string_view text) {
  constexpr std::string_view word = "READY=1";
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    if (text.substr(0, end) == word) return true;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return false;
}

/// The address that NOTIFY_SOCKET names: a path, or '@' and an abstract name.
socklen_t notify_target(const std::string& name, sockaddr_un& address) {
  if (name.size() < 2 || name.size() >= sizeof address.sun_path || (name[0] != '/' && name[0] != '@')) return 0;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, name.data(), name.size());
  if (name[0] == '@') address.sun_path[0] = '\0';
  return static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
}

/// Whether the server has taken our connection out of the queue.
bool was_accepted(int connection, const Listener& listener) noexcept {
  pollfd end{connection, POLLIN, 0};
  // It answered or hung up already, or else: behind an empty queue ours does not wait any more.
  if (poll(&end, 1, 0) > 0 || is_queue_empty(listener)) return true;
  return ownership::is_accepted(connection).value_or(false);
}

sockaddr* generic(sockaddr_un& address) { return reinterpret_cast<sockaddr*>(&address); }

}  // namespace

ownership::Result<void> Readiness::open(std::string relay) {
  if (manifest_.ready.when != ReadyWhen::notify) return {};
  relay_ = std::move(relay);
  notifications_.reset(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  // An address of no name is bound to a fresh abstract one (unix(7), autobind): nothing is left on any volume.
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  socklen_t size = sizeof address;
  if (!notifications_ || setsockopt(notifications_.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0 ||
      bind(notifications_.get(), generic(address), sizeof address.sun_family) != 0 ||
      getsockname(notifications_.get(), generic(address), &size) != 0)
    return std::unexpected(ownership::system_error("cannot make the notification socket of", manifest_.owner, errno));
  notify_address_.assign("@").append(address.sun_path + 1, size - offsetof(sockaddr_un, sun_path) - 1);
  return {};
}

void Readiness::begin() noexcept {
  is_looking_ = true;
  accepting_ = 0;
  knock_.reset();
  interval_ = first_interval;
  next_look_ = Clock::now() + interval_;
}

void Readiness::end() noexcept {
  is_looking_ = false;
  knock_.reset();
  request_.reset();
}

std::size_t Readiness::watch(std::span<pollfd> room) const noexcept {
  std::size_t count = 0;
  // Notifications are heard as long as we live: a web process that reloads tells its manager too.
  if (notifications_) room[count++] = {notifications_.get(), POLLIN, 0};
  if (request_) room[count++] = {request_.get(), POLLIN, 0};
  return count;
}

std::optional<ownership::Deadline> Readiness::next_look() const noexcept {
  if (!is_looking_ || manifest_.ready.when == ReadyWhen::notify) return std::nullopt;
  return next_look_;
}

bool Readiness::look(std::span<const pollfd> ready) noexcept {
  bool serves = false;
  if (is_ready(ready, notifications_.get())) serves = hear_notification();
  if (!is_looking_) return false;
  if (manifest_.ready.when == ReadyWhen::notify) return serves && (end(), true);

  if (is_ready(ready, request_.get())) serves = hear_answer();
  if (!serves && Clock::now() >= next_look_) {
    serves = manifest_.ready.when == ReadyWhen::http ? ask() : is_listening() && is_accepting() && has_pid_files();
    const auto longest = manifest_.ready.when == ReadyWhen::http ? longest_http_interval : longest_interval;
    interval_ = std::min(interval_ * 2, longest);
    next_look_ = Clock::now() + (request_ ? answer_limit : interval_);
  }
  if (serves) end();
  return serves;
}

bool Readiness::is_listening() const noexcept {
  return std::all_of(claim_.holdings.begin(), claim_.holdings.end(), [&](const ownership::Holding& holding) {
    const auto number = static_cast<std::size_t>(&holding - claim_.holdings.data());
    return holding.item.kind != Item::Kind::socket || has_listener(listeners_, number) ||
           ownership::is_served(holding.place.directory.get(), holding.place.name.c_str());
  });
}

bool Readiness::is_accepting() noexcept {
  for (; accepting_ < listeners_.size(); ++accepting_) {
    const auto& listener = listeners_[accepting_];
    const auto& holding = claim_.holdings[listener.holding];
    if (const auto listens = adoption_.is_listening(holding.place.path)) {
      if (!*listens) return false;
      continue;
    }
    if (type_of(listener) == SOCK_DGRAM) continue;
    if (!knock_) knock_ = connect_to_listener(listener, holding);
    // Where its queue is full, somebody else's connections are to be accepted first.
    if (!knock_ || !was_accepted(knock_.get(), listener)) return false;
    knock_.reset();
  }
  return true;
}

bool Readiness::has_pid_files() const noexcept {
  return std::all_of(claim_.holdings.begin(), claim_.holdings.end(), [](const ownership::Holding& holding) {
    if (holding.item.kind != Item::Kind::pid_file) return true;
    struct stat status{};
    return fstatat(holding.place.directory.get(), holding.place.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISREG(status.st_mode) && status.st_size > 0;
  });
}

bool Readiness::hear_notification() noexcept {
  std::array<char, 4096> text;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(ucred))> ancillary{};
  iovec part{text.data(), text.size()};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  // Descriptors that come along (FDSTORE=1) find no room here and are closed by the kernel.
  header.msg_control = ancillary.data();
  header.msg_controllen = ancillary.size();
  const auto size = recvmsg(notifications_.get(), &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (size <= 0) return false;
  ucred sender{};
  if (const auto* credentials = CMSG_FIRSTHDR(&header);
      credentials != nullptr && credentials->cmsg_level == SOL_SOCKET && credentials->cmsg_type == SCM_CREDENTIALS)
    std::memcpy(&sender, CMSG_DATA(credentials), sizeof sender);
  // An abstract name can be reached from the whole network namespace: a sender outside our pid namespace has no pid.
  if (sender.pid <= 0) return false;

  sockaddr_un address{};
  if (const auto length = notify_target(relay_, address); length != 0)
    sendto(notifications_.get(), text.data(), static_cast<std::size_t>(size), MSG_DONTWAIT | MSG_NOSIGNAL,
           generic(address), length);
  return says_ready({text.data(), static_cast<std::size_t>(size)});
}

Fd Readiness::connect_for_http() const noexcept {
  for (const auto& socket : manifest_.sockets) {
    if (socket.type != manifests::SocketType::stream) continue;
    const auto number = holding_of(claim_, socket.path);
    if (number == claim_.holdings.size()) continue;
    const auto& place = claim_.holdings[number].place;
    for (const auto& listener : listeners_)
      if (listener.holding == number) return connect_to_listener(listener, claim_.holdings[number]);
    return ownership::connect_stream(place.directory.get(), place.name.c_str());
  }
  return {};
}

bool Readiness::ask() noexcept {
  request_ = connect_for_http();
  if (!request_) return false;
  std::array<char, 1200> request;
  const int size = std::snprintf(request.data(), request.size(),
                                 "GET %s HTTP/1.0\r\nHost: localhost\r\nUser-Agent: solinit\r\n\r\n",
                                 manifest_.ready.http_path.c_str());
  answered_ = 0;
  if (size <= 0 || static_cast<std::size_t>(size) >= request.size() ||
      send(request_.get(), request.data(), static_cast<std::size_t>(size), MSG_NOSIGNAL | MSG_DONTWAIT) != size)
    request_.reset();
  return false;
}

bool Readiness::hear_answer() noexcept {
  const auto size = recv(request_.get(), answer_.data() + answered_, answer_.size() - answered_, MSG_DONTWAIT);
  if (size < 0 && errno == EAGAIN) return false;
  answered_ += size > 0 ? static_cast<std::size_t>(size) : 0;
  const std::string_view line{answer_.data(), answered_};
  constexpr std::size_t status_at = 9;  // "HTTP/1.1 " stands before the status
  if (size > 0 && line.size() <= status_at) return false;
  request_.reset();
  next_look_ = Clock::now() + interval_;
  return line.starts_with("HTTP/1.") && line.size() > status_at &&
         (line[status_at] == '2' || line[status_at] == '3');
}

}  // namespace launcher
