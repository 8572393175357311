#include "manifests/substitute.h"

#include <algorithm>

namespace manifests {
namespace {

constexpr std::size_t longest_name = 255;

/// The socket whose placeholder stands at the beginning of `text`, which starts with a brace. Names hold no braces.
const Socket* placeholder_at(std::string_view text, const Manifest& manifest) {
  const auto inside = text.substr(1, longest_name + 1);
  const auto name = inside.substr(0, inside.find('}'));
  if (name.size() == inside.size()) return nullptr;
  const auto found = std::find_if(manifest.sockets.begin(), manifest.sockets.end(),
                                  [&](const Socket& socket) { return socket.name == name; });
  return found == manifest.sockets.end() ? nullptr : &*found;
}

}  // namespace

std::string substitute(std::string_view text, const Manifest& manifest) {
  std::string result;
  while (!text.empty()) {
    const auto brace = std::min(text.find('{'), text.size());
    result += text.substr(0, brace);
    text.remove_prefix(brace);
    if (text.empty()) break;
    const auto* socket = placeholder_at(text, manifest);
    result += socket == nullptr ? text.substr(0, 1) : std::string_view(socket->path);
    text.remove_prefix(socket == nullptr ? 1 : socket->name.size() + 2);
  }
  return result;
}

}  // namespace manifests
