#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/file.h>

#include <cerrno>
#include <string>

#include "control/control_socket.h"
#include "launcher/life_line.h"
#include "ownership/patience.h"
#include "tests/support/observer.h"
#include "tests/support/requirement.h"
#include "tests/support/sockets.h"
#include "tests/support/volume.h"

/// Whoever shares the volume may speak to a launcher, and may pretend to be one. Nothing that is said or sent takes a
/// lease away, makes a second web process, or keeps a rightful successor out.
namespace support {

using control::Message;
using control::Receipt;
using control::Received;
using control::Verb;
using ownership::Fd;

/// What comes within ten seconds.
inline Receipt next(const Fd& connection, Received& received) {
  const ownership::Patience patience(Clock::now() + 10s);
  if (patience.wait(connection.get(), POLLIN) != ownership::Woke::ready) return Receipt::nothing_yet;
  return control::receive(connection.get(), received);
}

/// The text of the answer; "hung up" or "nothing" where there is none.
inline std::string answer(const Fd& connection) {
  Received received;
  const auto receipt = next(connection, received);
  if (receipt == Receipt::message) return std::string(received.text());
  return receipt == Receipt::hung_up ? "hung up" : "nothing";
}

class Peers : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto lack = lack_of_namespaces(); !lack.empty()) skip(lack);
  }
  Settings generation(const std::string& id) const {
    const auto manifest = volume.manifest_owning(
        "web.sock", "    activation: inherit\nstop: {grace: 5s}\ntakeover: {drain: 10ms, patience: 30s}\n");
    return container(id, manifest, witness_server(id, socket, {"--inherit"}));
  }
  Fd records() const { return Fd(open((volume / ".solinit").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)); }
  Fd open_lease() const {
    return Fd(open((volume / ".solinit/web.sock.lease").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  }
  bool is_leased() const { return flock(open_lease().get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK; }

  Volume volume;
  std::string socket = volume / "web.sock";
};

}  // namespace support
