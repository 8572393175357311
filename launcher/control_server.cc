#include "launcher/control_server.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "launcher/watch.h"
#include "ownership/log.h"

namespace launcher {
namespace {

using control::Message;
using control::Receipt;
using control::Received;
using control::Verb;
using control::is_trusted;
using control::parse_message;
using control::receive;
using control::send_message;
using ownership::Clock;
using ownership::Fd;
using std::chrono::milliseconds;

/// A peer that connects says at once what it wants.
constexpr milliseconds first_word_limit{2000};
/// With no descriptor left, accept(2) would fail again at once and the loop would spin.
constexpr milliseconds accept_pause{100};

/// As a message may carry it: of other bytes than printable ASCII each is a question mark.
std::string_view plain(std::string_view text, std::span<char> room) noexcept {
  const auto end = std::transform(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(std::min(text.size(), room.size())),
                                  room.begin(), [](char c) { return c >= ' ' && c <= '~' ? c : '?'; });
  return {room.data(), static_cast<std::size_t>(end - room.begin())};
}

void refuse(const Fd& connection, std::string_view why) noexcept {
  send_message(connection.get(), {.verb = Verb::refuse, .why = why});
}

}  // namespace

ControlServer::~ControlServer() {
  for (std::size_t i = 0; i < doors_.size(); ++i) {
    const auto& holding = tenure_.claim.holdings[i];
    control::withdraw(holding.records.get(), holding.place.name, doors_[i].inode);
  }
}

ownership::Result<void> ControlServer::open() noexcept try {
  offered_.reserve(manifest_.sockets.size());
  doors_.resize(tenure_.claim.holdings.size());
  for (std::size_t i = 0; i < tenure_.claim.holdings.size(); ++i) {
    const auto& holding = tenure_.claim.holdings[i];
    if (doors_[i].socket && control::inode_of(holding.records.get(), holding.place.name) == doors_[i].inode) continue;
    auto listener = control::listen_as(holding.records.get(), holding.place.name);
    if (!listener) return std::unexpected(listener.error());
    doors_[i] = {std::move(*listener), control::inode_of(holding.records.get(), holding.place.name)};
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
    for (const auto& door : doors_) add(door.socket.get(), POLLIN);
  for (const auto& peer : peers_) add(peer.connection.get(), POLLIN);
  add(successor_.connection.get(), POLLIN);
  // Once the connection is gone the life line alone tells when the successor is.
  if (!successor_.connection) add(successor_.life_line.get(), 0);
  return count;
}

std::optional<ownership::Deadline> ControlServer::next_tick() const noexcept {
  auto first = accepts_again_;
  const auto consider = [&](ownership::Deadline end) { first = first ? std::min(*first, end) : end; };
  for (const auto& peer : peers_)
    if (peer.connection) consider(peer.end);
  return first;
}

std::optional<Event> ControlServer::serve(std::span<const pollfd> ready) noexcept {
  if (is_ready(ready, successor_.connection.get()))
    if (auto event = hear_successor()) return event;
  if (!successor_.connection && is_ready(ready, successor_.life_line.get())) return successor_is_lost();
  for (auto& peer : peers_)
    if (is_ready(ready, peer.connection.get()))
      if (auto event = hear(peer)) return event;
  for (const auto& door : doors_)
    if (is_ready(ready, door.socket.get())) accept_from(door.socket.get());
  return std::nullopt;
}

void ControlServer::tick() noexcept {
  const auto now = Clock::now();
  if (accepts_again_ && now >= *accepts_again_) accepts_again_.reset();
  for (auto& peer : peers_)
    if (peer.connection && now >= peer.end) peer.connection.reset();
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
  if (message && message->verb == Verb::take) return hear_take(peer, *message, received);
  if (message && message->verb == Verb::restart) return hear_restart(peer);
  if (message && message->verb == Verb::status)
    tell_state(peer.connection);
  else if (receipt == Receipt::message)
    refuse(peer.connection, "malformed message");
  peer.connection.reset();
  return std::nullopt;
}

void ControlServer::tell_state(const Fd& connection) const noexcept {
  std::array<char, 256> event;
  send_message(connection.get(), {.verb = Verb::state,
                                  .owner = manifest_.owner,
                                  .container = tenure_.container,
                                  .generation = tenure_.generation,
                                  .phase = name_of(condition_.phase),
                                  .web = static_cast<std::uint64_t>(std::max(condition_.web, 0)),
                                  .since = condition_.since,
                                  .started = started_,
                                  .restarts = condition_.restarts,
                                  .reaped = condition_.reaped,
                                  .why = plain(ownership::log::last_event(), event)});
}

std::optional<Event> ControlServer::hear_restart(Peer& peer) noexcept {
  const Fd connection = std::move(peer.connection);
  if (!condition_.may_restart) {
    refuse(connection, "it does not serve, or is handing over");
    return std::nullopt;
  }
  tell_state(connection);
  return RestartAsked{};
}

std::optional<Event> ControlServer::hear_take(Peer& peer, const Message& message, Received& received) noexcept {
  Fd connection = std::move(peer.connection);
  const auto why = control::refusal(message, {manifest_.owner, tenure_.container, tenure_.superseded});
  if (why) {
    ownership::log::notice("refused a takeover by", message.container, *why);
    refuse(connection, *why);
    return std::nullopt;
  }
  if (successor_.connection || successor_.life_line || !offered_.empty()) {
    refuse(connection, offered_.empty() ? "handing over to another" : "moving to another socket");
    return std::nullopt;
  }
  if (const char* const fault = take_in(received); fault != nullptr) {
    ownership::log::warning("refused a takeover by", message.container, fault);
    refuse(connection, fault);
    successor_ = Successor{};
    offered_.clear();
    return std::nullopt;
  }
  successor_.connection = std::move(connection);
  std::copy_n(message.container.begin(), std::min(message.container.size(), successor_.container.size() - 1),
              successor_.container.begin());
  return TakeAsked{};
}

/// Its life line, and its listeners for what we serve with listeners of our own. Returns what is wrong with them.
const char* ControlServer::take_in(Received& received) noexcept {
  successor_ = Successor{};
  offered_.clear();
  if (received.is_truncated) return "too many descriptors";
  for (std::size_t i = 0; i < received.descriptor_count; ++i) {
    auto& descriptor = received.descriptors[i];
    if (is_life_line(descriptor.get()))
      successor_.life_line = std::move(descriptor);
    else if (!take_listener(std::move(descriptor)))
      return "a descriptor that is no listener of its own for any of our sockets";
  }
  return successor_.life_line ? nullptr : "no life line";
}

bool ControlServer::take_listener(Fd received) noexcept {
  for (const auto& socket : manifest_.sockets) {
    const auto number = holding_of(tenure_.claim, socket.path);
    if (number == tenure_.claim.holdings.size()) continue;
    const auto& holding = tenure_.claim.holdings[number];
    auto listener = recognise(received, socket, holding);
    if (!listener) continue;
    listener.holding = number;
    if (has_listener(offered_, number) || !answers_at_its_name(listener, holding)) return false;
    // Of what our web process makes itself no copy is of use: it is cleared between the two.
    if (has_listener(tenure_.listeners, number)) offered_.push_back(std::move(listener));
    return true;
  }
  return false;
}

bool ControlServer::has_published() const noexcept {
  return std::any_of(offered_.begin(), offered_.end(), [this](const Listener& listener) {
    return is_published(listener, tenure_.claim.holdings[listener.holding]);
  });
}

bool ControlServer::grant() noexcept {
  std::array<int, control::max_descriptors> descriptors;
  std::size_t count = 0;
  const auto add = [&](int descriptor) {
    if (count < descriptors.size()) descriptors[count++] = descriptor;
  };
  for (const auto& holding : tenure_.claim.holdings) add(holding.lease.get());
  for (const auto& listener : tenure_.listeners)
    if (has_listener(offered_, listener.holding)) add(listener.socket.get());
  add(tenure_.line.watched.get());
  const Message message{.verb = Verb::grant,
                        .container = tenure_.container,
                        .generation = tenure_.generation,
                        .is_pid_one = tenure_.is_pid_one};
  return send_message(successor_.connection.get(), message, {descriptors.data(), count});
}

bool ControlServer::tell(Word word, std::string_view why) noexcept {
  if (!successor_.connection) return false;
  bool is_heard = true;
  switch (word) {
    case Word::grant: is_heard = grant(); break;
    case Word::refuse:
      refuse(successor_.connection, why);
      successor_ = Successor{};
      offered_.clear();
      return true;
    case Word::stopped:
      successor_.may_run = true;
      is_heard = send_message(successor_.connection.get(), {.verb = Verb::stopped});
      break;
    case Word::bye:
      is_heard = send_message(successor_.connection.get(), {.verb = Verb::bye});
      // From now on the names beside the sockets are the successor's to replace.
      if (is_heard)
        for (auto& door : doors_) door.inode = 0;
      break;
  }
  // From now on its life line alone tells when it is gone.
  if (!is_heard) successor_.connection.reset();
  return is_heard;
}

std::optional<Event> ControlServer::hear_successor() noexcept {
  Received received;
  const auto receipt = receive(successor_.connection.get(), received);
  if (receipt == Receipt::nothing_yet) return std::nullopt;
  const auto message = receipt == Receipt::message ? parse_message(received.text()) : std::nullopt;
  if (message && message->verb == Verb::drain && !successor_.has_asked_to_drain) {
    successor_.has_asked_to_drain = true;
    return DrainAsked{has_published()};
  }
  if (message && message->verb == Verb::ready && (successor_.may_run || !successor_.has_asked_to_drain)) {
    successor_.has_asked_to_drain = successor_.may_run = true;
    return SuccessorReady{has_published()};
  }
  ownership::log::warning("the successor gave up", successor(),
                          message && message->verb == Verb::failed ? message->why : "it hung up");
  successor_.connection.reset();
  return has_hung_up(successor_.life_line.get()) ? successor_is_lost() : std::nullopt;
}

std::optional<Event> ControlServer::successor_is_lost() noexcept {
  successor_ = Successor{};
  const bool is_served_by_nobody = has_published();
  // Nobody can publish them any more.
  if (!is_served_by_nobody)
    for (auto& listener : offered_) discard(listener, tenure_.claim.holdings[listener.holding]);
  if (!is_served_by_nobody) offered_.clear();
  return SuccessorLost{is_served_by_nobody};
}

}  // namespace launcher
