#pragma once

#include <poll.h>

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "launcher/claiming.h"
#include "launcher/control_socket.h"
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
  /// `owner` and `tenure` must outlive the server.
  ControlServer(const std::string& owner, const Tenure& tenure, std::chrono::milliseconds patience) noexcept
      : owner_(owner), tenure_(tenure), patience_(patience) {}
  /// Unlinks the control sockets that are still ours.
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

  /// Makes `<file>.ctl` for each holding. Errors as listen_as, also for want of memory; never throws.
  ownership::Result<void> open() noexcept;

  /// Fills `room` with what to poll(2) for and returns how many.
  std::size_t watch(std::span<pollfd> room) const noexcept;
  /// The next time `tick` has something to do.
  std::optional<ownership::Deadline> next_tick() const noexcept;

  /// What the peers did; at most one event a call, nothing when they did nothing of interest. `ready` is what poll(2)
  /// reported for the descriptors of `watch`.
  std::optional<Event> serve(std::span<const pollfd> ready) noexcept;
  /// Drops peers whose time is over.
  std::optional<Event> tick() noexcept;

  /// What is answered to those who ask for the state.
  void is_now(Life::Phase phase) noexcept { phase_ = phase; }

  /// Says `word` to the successor; `life_line` goes with a grant. False when it is no longer there to hear it.
  bool tell(Word word, int life_line, std::string_view why) noexcept;

  /// Who replaced us, for the log.
  std::string_view successor() const noexcept { return successor_.container.data(); }

 private:
  static constexpr std::size_t max_peers = 8;

  struct Peer {
    ownership::Fd connection;
    ownership::Deadline end;
  };
  struct Successor {
    ownership::Fd connection;
    ownership::Fd life_line;
    ownership::Deadline end;
    std::array<char, 129> container{};
    bool may_run = false;  ///< it was told that our tree is gone: only its life line proves that it is too
  };

  void accept_from(int listener) noexcept;
  std::optional<Event> hear(Peer& peer) noexcept;
  std::optional<Event> hear_take(Peer& peer, const Message& message) noexcept;
  std::optional<Event> hear_successor() noexcept;
  std::optional<Event> successor_is_lost() noexcept;
  bool grant(int life_line) noexcept;

  const std::string& owner_;
  const Tenure& tenure_;
  std::chrono::milliseconds patience_;
  struct Listener {
    ownership::Fd socket;
    ino_t inode = 0;
  };
  std::vector<Listener> listeners_;
  Life::Phase phase_ = Life::Phase::starting;
  std::array<Peer, max_peers> peers_;
  Successor successor_;
  std::optional<ownership::Deadline> accepts_again_;
};

}  // namespace launcher
