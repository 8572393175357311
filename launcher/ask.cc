#include "launcher/ask.h"

#include <fcntl.h>
#include <poll.h>

#include <memory>
#include <string>

#include "launcher/control_socket.h"
#include "launcher/lifecycle.h"
#include "launcher/message.h"
#include "ownership/patience.h"
#include "ownership/place.h"

namespace launcher {
namespace {

using ownership::Fd;
using ownership::Result;

constexpr std::chrono::milliseconds answer_limit{2000};

const std::string& first_path(const manifests::Manifest& manifest) {
  return manifest.sockets.empty() ? manifest.pid_files.front() : manifest.sockets.front().path;
}

bool says_serving(int connection) {
  const ownership::Patience patience(ownership::Clock::now() + answer_limit);
  if (!is_trusted(connection) || !send_message(connection, {.verb = Verb::status})) return false;
  const auto received = std::make_unique<Received>();
  if (patience.wait(connection, POLLIN) != ownership::Woke::ready) return false;
  if (receive(connection, *received) != Receipt::message) return false;
  const auto message = parse_message(received->text());
  return message && message->verb == Verb::state && message->phase == name_of(Life::Phase::serving);
}

}  // namespace

Result<int> ask_whether_ready(const manifests::Manifest& manifest) {
  const auto place = ownership::open_place(first_path(manifest));
  if (!place) return std::unexpected(place.error());
  const Fd records(openat(place->directory.get(), ownership::records_name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  const Fd connection = records ? connect_to(records.get(), place->name) : Fd();
  const bool is_ready = connection && says_serving(connection.get());
  return static_cast<int>(is_ready ? ownership::ExitCode::success : ownership::ExitCode::not_ready);
}

}  // namespace launcher
