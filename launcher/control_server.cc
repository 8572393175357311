#include "launcher/control_server.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "launcher/watch.h"
#include "ownership/log.h"

namespace launcher {
namespace {

using ownership::Clock;
using ownership::Fd;
using std::chrono::milliseconds;

/// A peer that connects says at once what it wants.
constexpr milliseconds first_word_limit{2000};
/// With no descriptor left, accept(2) would fail again at once and the loop would spin.
constexpr milliseconds accept_pause{100};

void refuse(const Fd& connection, std::string_view why) noexcept {
  send_message(connection.get(), {.verb = Verb::refuse, .why = why});
}

}  // namespace

ControlServer::~ControlServer() {
  for (std::size_t i = 0; i < listeners_.size(); ++i) {
    const auto& holding = tenure_.claim.holdings[i];
    withdraw(holding.records.get(), holding.place.name, listeners_[i].inode);
  }
}

ownership::Result<void> ControlServer::open() noexcept try {
  listeners_.reserve(tenure_.claim.holdings.size());
  for (const auto& holding : tenure_.claim.holdings) {
    auto listener = listen_as(holding.records.get(), holding.place.name);
    if (!listener) return std::unexpected(listener.error());
    listeners_.push_back({std::move(*listener), inode_of(holding.records.get(), holding.place.name)});
  }
  return {};
} catch (const std::bad_alloc&) {
  return std::unexpected(ownership::Error{});
}

std::size_t ControlServer::watch(std::span<pollfd> room) const noexcept {
  std::size_t count = 0;
  const auto add = [&](int descriptor, short events) {
    if (descriptor >= 0 && count < room.size()) room[count++] = {descriptor, events, 0};
  };
  if (!accepts_again_)
    for (const auto& listener : listeners_) add(listener.socket.get(), POLLIN);
  for (const auto& peer : peers_) add(peer.connection.get(), POLLIN);
  add(successor_.connection.get(), POLLIN);
  // Once the connection is gone the life line alone tells when the successor is.
  if (!successor_.connection) add(successor_.life_line.get(), 0);
  return count;
}

std::optional<ownership::Deadline> ControlServer::next_tick() const noexcept {
  std::optional<ownership::Deadline> first = accepts_again_;
  const auto consider = [&](ownership::Deadline end) { first = first ? std::min(*first, end) : end; };
  for (const auto& peer : peers_)
    if (peer.connection) consider(peer.end);
  if (successor_.connection && !successor_.life_line) consider(successor_.end);
  return first;
}

std::optional<Event> ControlServer::serve(std::span<const pollfd> ready) noexcept {
  if (is_ready(ready, successor_.connection.get()))
    if (auto event = hear_successor()) return event;
  if (!successor_.connection && is_ready(ready, successor_.life_line.get())) return successor_is_lost();
  for (auto& peer : peers_)
    if (is_ready(ready, peer.connection.get()))
      if (auto event = hear(peer)) return event;
  for (const auto& listener : listeners_)
    if (is_ready(ready, listener.socket.get())) accept_from(listener.socket.get());
  return std::nullopt;
}

std::optional<Event> ControlServer::tick() noexcept {
  const auto now = Clock::now();
  if (accepts_again_ && now >= *accepts_again_) accepts_again_.reset();
  for (auto& peer : peers_)
    if (peer.connection && now >= peer.end) peer.connection.reset();
  if (successor_.connection && !successor_.life_line && now >= successor_.end) return successor_is_lost();
  return std::nullopt;
}

void ControlServer::accept_from(int listener) noexcept {
  Fd connection(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!connection) {
    if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) accepts_again_ = Clock::now() + accept_pause;
    return;
  }
  if (!is_trusted(connection.get())) return;
  auto* place = std::find_if(peers_.begin(), peers_.end(), [](const Peer& peer) { return !peer.connection; });
  // The oldest has had its chance: a crowd of silent peers does not keep a rightful newcomer out.
  if (place == peers_.end())
    place = std::min_element(peers_.begin(), peers_.end(), [](const Peer& a, const Peer& b) { return a.end < b.end; });
  place->connection = std::move(connection);
  place->end = Clock::now() + first_word_limit;
}

std::optional<Event> ControlServer::hear(Peer& peer) noexcept {
  Received received;
  const auto receipt = receive(peer.connection.get(), received);
  if (receipt == Receipt::nothing_yet) return std::nullopt;
  const auto message = receipt == Receipt::message ? parse_message(received.text()) : std::nullopt;
  if (message && message->verb == Verb::take) return hear_take(peer, *message);
  if (message && message->verb == Verb::status)
    send_message(peer.connection.get(), {.verb = Verb::state,
                                         .owner = owner_,
                                         .container = tenure_.container,
                                         .generation = tenure_.generation,
                                         .phase = name_of(phase_)});
  else if (receipt == Receipt::message)
    refuse(peer.connection, "malformed message");
  peer.connection.reset();
  return std::nullopt;
}

std::optional<Event> ControlServer::hear_take(Peer& peer, const Message& message) noexcept {
  Fd connection = std::move(peer.connection);
  const auto why = refusal(message, {owner_, tenure_.container, tenure_.superseded});
  if (why) {
    ownership::log::notice("refused a takeover by", message.container, *why);
    refuse(connection, *why);
    return std::nullopt;
  }
  if (successor_.connection || successor_.life_line) {
    refuse(connection, "handing over to another");
    return std::nullopt;
  }
  successor_ = Successor{};
  successor_.connection = std::move(connection);
  successor_.end = Clock::now() + patience_;
  std::copy_n(message.container.begin(), std::min(message.container.size(), successor_.container.size() - 1),
              successor_.container.begin());
  return TakeAsked{};
}

bool ControlServer::grant(int life_line) noexcept {
  std::array<int, max_descriptors> descriptors;
  std::size_t count = 0;
  for (const auto& holding : tenure_.claim.holdings)
    if (count + 1 < descriptors.size()) descriptors[count++] = holding.lease.get();
  if (life_line >= 0) descriptors[count++] = life_line;
  const Message message{.verb = Verb::grant, .container = tenure_.container, .generation = tenure_.generation};
  return send_message(successor_.connection.get(), message, {descriptors.data(), count});
}

bool ControlServer::tell(Word word, int life_line, std::string_view why) noexcept {
  if (!successor_.connection) return false;
  switch (word) {
    case Word::grant: return grant(life_line);
    case Word::refuse:
      refuse(successor_.connection, why);
      successor_ = Successor{};
      return true;
    case Word::stopped:
      successor_.may_run = true;
      return send_message(successor_.connection.get(), {.verb = Verb::stopped});
    case Word::bye:
      // From now on the names beside the sockets are the successor's to replace.
      for (auto& listener : listeners_) listener.inode = 0;
      return send_message(successor_.connection.get(), {.verb = Verb::bye});
  }
  return false;
}

std::optional<Event> ControlServer::hear_successor() noexcept {
  Received received;
  const auto receipt = receive(successor_.connection.get(), received);
  if (receipt == Receipt::nothing_yet) return std::nullopt;
  const auto message = receipt == Receipt::message ? parse_message(received.text()) : std::nullopt;
  if (message && message->verb == Verb::drain && !successor_.life_line && received.descriptor_count == 1 &&
      is_life_line(received.descriptors[0].get())) {
    successor_.life_line = std::move(received.descriptors[0]);
    return DrainAsked{};
  }
  if (message && message->verb == Verb::ready && successor_.may_run) return SuccessorReady{};
  ownership::log::warning("the successor gave up", successor(),
                          message && message->verb == Verb::failed ? message->why : "it hung up");
  successor_.connection.reset();
  if (successor_.may_run && successor_.life_line && !has_hung_up(successor_.life_line.get())) return std::nullopt;
  return successor_is_lost();
}

std::optional<Event> ControlServer::successor_is_lost() noexcept {
  successor_ = Successor{};
  return SuccessorLost{};
}

}  // namespace launcher
