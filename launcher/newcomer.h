#pragma once

#include <array>
#include <cstddef>
#include <variant>

/// The newcomer's side of a handover as a table of phase × event; the predecessor's is the lifecycle's. Pure, and never
/// allocates. tests/unit/launcher/handover_test.cc tries the two against each other.
namespace launcher {

struct Newcomer {
  enum class Phase {
    asking,     ///< TAKE is said, again and again
    draining,   ///< DRAIN is said; our listeners stand at the paths, and the predecessor stops its web process
    outliving,  ///< its launcher is gone, and its tree may still be ending
    starting,   ///< our web process starts, and the predecessor waits for its proof
    parting,    ///< READY is said
    alone,      ///< nobody is before us
    failed,
  };
  Phase phase = Phase::asking;
  bool wants_overlap = false;
  bool overlaps = false;

  /// The predecessor has given what it has. `has_all`: a listener of its own for each of ours, and nothing else is
  /// owned, so that two web processes can live beside each other.
  struct Granted { bool has_all; };
  struct Stopped {};         ///< it says that its tree is gone
  struct Bye {};
  struct HungUp {};          ///< its launcher is gone: one that lives never hangs up once it has granted
  struct TreeGone {};        ///< its life line has hung up
  struct PatienceEnded {};   ///< also a stop signal to us, and whatever cannot be done
  struct WebReady {};
  struct WebEnded {};        ///< our tree is gone, and is not started again
  using Event = std::variant<Granted, Stopped, Bye, HungUp, TreeGone, PatienceEnded, WebReady, WebEnded>;

  enum class Order {
    publish,     ///< our listeners over those of the predecessor
    say_drain,
    start,       ///< our web process
    say_ready,
    say_failed,
    reign,       ///< the names beside the sockets are ours: control sockets, owner files, what a crash left
  };
};

/// At most three orders follow from one event.
struct NewcomerStep {
  Newcomer newcomer;
  std::array<Newcomer::Order, 3> list{};
  std::size_t count = 0;

  const Newcomer::Order* begin() const noexcept { return list.data(); }
  const Newcomer::Order* end() const noexcept { return list.data() + count; }
};

/// Pure. What does not belong to the phase changes nothing.
NewcomerStep step(Newcomer newcomer, const Newcomer::Event& event) noexcept;

}  // namespace launcher
