#pragma once

#include <poll.h>

#include <array>
#include <cstdint>
#include <ctime>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "control/control_socket.h"
#include "launcher/claiming.h"
#include "launcher/lifecycle.h"
#include "ownership/patience.h"

namespace launcher {

/// Answers newcomers on the control sockets of a tenure. It judges who asks, keeps what was promised to whom, and turns
/// what peers say into events; what follows from them is the lifecycle's business.
///
/// After `open` nothing here allocates, throws or blocks: peers are few, their messages short, and whoever is slow,
/// hostile or one too many is disconnected.
class ControlServer {
 public:
  /// Both must outlive the server.
  ControlServer(const manifests::Manifest& manifest, const Tenure& tenure) noexcept
      : manifest_(manifest), tenure_(tenure), started_(static_cast<std::uint64_t>(std::time(nullptr))) {}
  /// Unlinks the control sockets that are still ours.
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

  /// Makes `<file>.ctl` for each holding whose own is not there, or not any more. Errors as listen_as, also for want of
  /// memory; never throws.
  ownership::Result<void> open() noexcept;

  /// Fills `room` with what to poll(2) for and returns how many.
  std::size_t watch(std::span<pollfd> room) const noexcept;
  /// The next time `tick` has something to do.
  std::optional<ownership::Deadline> next_tick() const noexcept;

  /// What the peers did; at most one event a call, nothing when they did nothing of interest. `ready` is what poll(2)
  /// reported for the descriptors of `watch`.
  std::optional<Event> serve(std::span<const pollfd> ready) noexcept;
  /// Drops peers whose time is over.
  void tick() noexcept;

  /// What is answered to those who ask for the state.
  struct Condition {
    Life::Phase phase = Life::Phase::starting;
    bool may_restart = false;
    pid_t web = 0;
    std::uint64_t since = 0;  ///< when the phase began, in seconds since 1970
    std::uint64_t restarts = 0, reaped = 0;
  };
  void is_now(const Condition& condition) noexcept { condition_ = condition; }

  /// Says `word` to the successor. False when it is no longer there to hear it.
  bool tell(Word word, std::string_view why) noexcept;

  /// Who replaced us, for the log.
  std::string_view successor() const noexcept { return successor_.container.data(); }

  /// Copies of the successor's listeners, for those of ours that they are to replace. They stay when it is lost and has
  /// published them; until then they are its own to unlink.
  std::vector<Listener>& offered() noexcept { return offered_; }

 private:
  static constexpr std::size_t max_peers = 8;

  struct Peer {
    ownership::Fd connection;
    ownership::Deadline end;
  };
  struct Successor {
    ownership::Fd connection;
    ownership::Fd life_line;
    std::array<char, 129> container{};
    bool has_asked_to_drain = false;
    bool may_run = false;  ///< it was told that our tree is gone
  };

  void accept_from(int listener) noexcept;
  std::optional<Event> hear(Peer& peer) noexcept;
  std::optional<Event> hear_take(Peer& peer, const control::Message& message, control::Received& received) noexcept;
  std::optional<Event> hear_restart(Peer& peer) noexcept;
  void tell_state(const ownership::Fd& connection) const noexcept;
  const char* take_in(control::Received& received) noexcept;
  bool take_listener(ownership::Fd received) noexcept;
  bool has_published() const noexcept;
  std::optional<Event> hear_successor() noexcept;
  std::optional<Event> successor_is_lost() noexcept;
  bool grant() noexcept;

  const manifests::Manifest& manifest_;
  const Tenure& tenure_;
  /// One control socket.
  struct Door {
    ownership::Fd socket;
    ino_t inode = 0;
  };
  std::vector<Door> doors_;  ///< one for each holding; none before `open`
  Condition condition_;
  std::uint64_t started_;
  std::array<Peer, max_peers> peers_;
  Successor successor_;
  std::vector<Listener> offered_;
  std::optional<ownership::Deadline> accepts_again_;
};

}  // namespace launcher
