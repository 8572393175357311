#pragma once

#include <poll.h>

#include <array>
#include <optional>
#include <span>
#include <string>

#include "launcher/adoption.h"
#include "launcher/claiming.h"
#include "manifests/manifest.h"
#include "ownership/claim.h"
#include "ownership/fd.h"
#include "ownership/patience.h"

namespace launcher {

/// Finds out when the web process serves, as the manifest's `ready.when` says. After `open` nothing here allocates,
/// throws or blocks.
///
///   listening   every socket of the manifest listens (a datagram socket: is bound), every pid file holds a number; of
///               a listener of ours, which listens from the first, somebody has accepted a connection: one that we
///               make, and that says nothing; with adopt, the web process has called listen(2)
///   notify      the web process sent READY=1 to $NOTIFY_SOCKET (sd_notify(3)); relayed to the NOTIFY_SOCKET that
///               solinit was given itself
///   http        GET over the first stream socket answers 2xx or 3xx
class Readiness {
 public:
  /// All must outlive it.
  Readiness(const manifests::Manifest& manifest, const ownership::Claim& claim,
            const std::vector<Listener>& listeners, const Adoption& adoption) noexcept
      : manifest_(manifest), claim_(claim), listeners_(listeners), adoption_(adoption) {}

  /// Makes the notification socket where it is needed. `relay` is the NOTIFY_SOCKET we were given; may be empty.
  ownership::Result<void> open(std::string relay);
  /// The value of NOTIFY_SOCKET for the web process; empty when it keeps what we were given.
  const std::string& notify_address() const noexcept { return notify_address_; }

  /// A web process was spawned: look from now on.
  void begin() noexcept;
  void end() noexcept;
  /// Something happened that may have made it ready.
  void hasten() noexcept { next_look_ = ownership::Clock::now(); }

  std::size_t watch(std::span<pollfd> room) const noexcept;
  std::optional<ownership::Deadline> next_look() const noexcept;
  /// Looks, where it is time or where `ready` (what poll(2) reported) says so. True once, when the web process serves.
  bool look(std::span<const pollfd> ready) noexcept;

 private:
  bool is_listening() const noexcept;
  bool is_accepting() noexcept;
  bool has_pid_files() const noexcept;
  bool hear_notification() noexcept;
  bool ask() noexcept;
  bool hear_answer() noexcept;
  ownership::Fd connect_for_http() const noexcept;

  const manifests::Manifest& manifest_;
  const ownership::Claim& claim_;
  const std::vector<Listener>& listeners_;
  const Adoption& adoption_;
  std::size_t accepting_ = 0;  ///< so many listeners have been seen to be served
  ownership::Fd knock_;        ///< the connection that the next one is to accept
  std::string relay_, notify_address_;
  ownership::Fd notifications_, request_;
  std::array<char, 32> answer_{};
  std::size_t answered_ = 0;
  bool is_looking_ = false;
  ownership::Deadline next_look_{};
  std::chrono::milliseconds interval_{1};
};

}  // namespace launcher
