#include "launcher/listeners.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace launcher {

using ownership::Claim;
using ownership::Result;

Result<std::vector<Listener>> make_listeners(const manifests::Manifest& manifest, const Claim& claim) {
  std::vector<Listener> listeners;
  for (const auto& socket : manifest.sockets) {
    if (!is_ours_to_make(socket)) continue;
    const auto number = holding_of(claim, socket.path);
    auto made = make_listener(socket, claim.holdings.at(number));
    if (!made) {
      discard(listeners, claim);
      return std::unexpected(std::move(made.error()));
    }
    made->holding = number;
    listeners.push_back(std::move(*made));
  }
  return listeners;
}

Result<void> publish(const std::vector<Listener>& listeners, const Claim& claim) noexcept try {
  for (const auto& listener : listeners) {
    const auto& holding = claim.holdings[listener.holding];
    if (!publish_listener(listener, holding))
      return std::unexpected(ownership::system_error("cannot publish the socket at", holding.place.path, errno));
  }
  return {};
} catch (const std::bad_alloc&) {
  return std::unexpected(ownership::Error{ownership::ExitCode::system_call, {}, {}, {}, {}});
}

bool are_queues_empty(const std::vector<Listener>& listeners) noexcept {
  return std::all_of(listeners.begin(), listeners.end(), is_queue_empty);
}

void discard(std::vector<Listener>& listeners, const Claim& claim) noexcept {
  for (auto& listener : listeners) discard(listener, claim.holdings[listener.holding]);
  listeners.clear();
}

void let_go(std::vector<Listener>& listeners, const Claim& claim) noexcept {
  for (auto& listener : listeners)
    if (!is_published(listener, claim.holdings[listener.holding]))
      discard(listener, claim.holdings[listener.holding]);
  listeners.clear();
}

bool has_listener(const std::vector<Listener>& listeners, std::size_t holding) noexcept {
  return std::any_of(listeners.begin(), listeners.end(),
                     [holding](const Listener& listener) { return listener.holding == holding; });
}

}  // namespace launcher
