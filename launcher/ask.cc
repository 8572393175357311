#include "launcher/ask.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "control/control_socket.h"
#include "control/message.h"
#include "launcher/claiming.h"
#include "launcher/lifecycle.h"
#include "ownership/patience.h"
#include "ownership/place.h"
#include "ownership/write_whole.h"
#include "status/explain.h"
#include "status/observe.h"

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
using ownership::Fd;
using ownership::Item;
using ownership::Result;

constexpr std::chrono::milliseconds answer_limit{2000};

const std::string& first_path(const manifests::Manifest& manifest) {
  return manifest.sockets.empty() ? manifest.pid_files.front() : manifest.sockets.front().path;
}

Result<Fd> dial(const manifests::Manifest& manifest) {
  const auto place = ownership::open_place(first_path(manifest));
  if (!place) return std::unexpected(place.error());
  const Fd records(openat(place->directory.get(), ownership::records_name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  return records ? control::connect_to(records.get(), place->name) : Fd();
}

/// The answer, in `received`; nothing when there is none.
std::optional<Message> ask(const Fd& connection, Verb verb, Received& received) {
  const ownership::Patience patience(ownership::Clock::now() + answer_limit);
  if (!connection || !is_trusted(connection.get()) || !send_message(connection.get(), {.verb = verb})) return {};
  if (patience.wait(connection.get(), POLLIN) != ownership::Woke::ready) return {};
  if (receive(connection.get(), received) != Receipt::message) return {};
  return parse_message(received.text());
}

}  // namespace

Result<int> ask_whether_ready(const manifests::Manifest& manifest) {
  const auto connection = dial(manifest);
  if (!connection) return std::unexpected(connection.error());
  const auto received = std::make_unique<Received>();
  const auto answer = ask(*connection, Verb::status, *received);
  const bool is_ready = answer && answer->verb == Verb::state && answer->phase == name_of(Life::Phase::serving);
  return static_cast<int>(is_ready ? ownership::ExitCode::success : ownership::ExitCode::not_ready);
}

Result<int> ask_for_restart(const manifests::Manifest& manifest) {
  const auto connection = dial(manifest);
  if (!connection) return std::unexpected(connection.error());
  const auto received = std::make_unique<Received>();
  const auto answer = ask(*connection, Verb::restart, *received);
  if (answer && answer->verb == Verb::state) return 0;
  std::string why = answer ? std::string(answer->why) : "no launcher answers there";
  return std::unexpected(ownership::Error{ownership::ExitCode::held, "cannot restart the web process of",
                                          first_path(manifest), std::move(why), "see solinit --ready"});
}

int show_status(const manifests::Manifest& manifest, const status::View& view) {
  const auto items = items_of(manifest);
  status::show(view, [&] {
    std::vector<status::Sight> sights;
    for (const auto& item : items) {
      sights.push_back(status::observe(item));
      sights.back().owner = manifest.owner;
    }
    return sights;
  });
  return 0;
}

int explain_place(const std::string& path, const std::optional<manifests::Manifest>& manifest) {
  status::Policy policy;
  Item item{Item::Kind::socket, path};
  if (manifest)
    for (const auto& owned : items_of(*manifest))
      if (owned.path == path) {
        item = owned;
        policy = {true, manifest->takeover.policy, manifest->takeover.strangers == manifests::StrangerPolicy::evict};
      }
  auto sight = status::observe(item);
  if (policy.is_named) sight.owner = manifest->owner;
  ownership::write_whole(STDOUT_FILENO, status::explain(sight, policy, status::zombies(), std::time(nullptr)));
  return 0;
}

}  // namespace launcher
