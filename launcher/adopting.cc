#include "launcher/adopting.h"

#include <algorithm>

#include "launcher/adopt_probe.h"
#include "ownership/log.h"

namespace launcher {
namespace {

bool is_adopted(const manifests::Socket& socket) { return socket.activation == manifests::Activation::adopt; }

const manifests::Socket* socket_of(const manifests::Manifest& manifest, std::string_view path) noexcept {
  const auto found = std::find_if(manifest.sockets.begin(), manifest.sockets.end(),
                                  [path](const manifests::Socket& socket) { return socket.path == path; });
  return found == manifest.sockets.end() ? nullptr : &*found;
}

AdoptTarget target_of(const Listener& listener, const ownership::Place& place) {
  const int directory = place.directory.get();
  AdoptTarget target{.path = place.path,
                     .name = place.name,
                     .directory = directory,
                     .directory_identity = ownership::identity_of(directory)};
  describe_listener(target, listener.socket.get());
  return target;
}

void bind_instead(manifests::Manifest& manifest, std::string_view why) noexcept {
  for (auto& socket : manifest.sockets)
    if (is_adopted(socket)) socket.activation = manifests::Activation::bind;
  ownership::log::notice("the web process binds its sockets itself, as with activation: bind", "", why);
}

}  // namespace

std::vector<AdoptTarget> targets_of(const manifests::Manifest& manifest, const Tenure& tenure) {
  std::vector<AdoptTarget> targets;
  for (const auto& listener : tenure.listeners) {
    const auto& holding = tenure.claim.holdings[listener.holding];
    const auto* const socket = socket_of(manifest, holding.item.path);
    if (socket != nullptr && is_adopted(*socket)) targets.push_back(target_of(listener, holding.place));
  }
  return targets;
}

void settle_for_bind(manifests::Manifest& manifest) {
  if (std::none_of(manifest.sockets.begin(), manifest.sockets.end(), is_adopted)) return;
  if (const auto lack = lack_of_adoption(); !lack.empty()) bind_instead(manifest, lack);
}

void make_way(manifests::Manifest& manifest, Tenure& tenure) noexcept {
  const auto is_over = [&](Listener& listener) {
    const auto& holding = tenure.claim.holdings[listener.holding];
    const auto* const socket = socket_of(manifest, holding.item.path);
    if (socket == nullptr || !is_adopted(*socket)) return false;
    unpublish_listener(listener, holding);
    discard(listener, holding);
    return true;
  };
  std::erase_if(tenure.listeners, is_over);
  bind_instead(manifest, "its memory cannot be read: it became another user");
}

}  // namespace launcher
