#pragma once

#include <sys/types.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <variant>

#include "manifests/manifest.h"

/// The supervisor as a table of phase × event, without clock, kernel or memory: `step` is pure and never allocates, so
/// that PID 1 can run it for ever.
namespace launcher {

/// The longest time that is left to processes which were sent SIGKILL and do not end (uninterruptible sleep).
inline constexpr std::chrono::milliseconds purge_limit{5000};
/// How often what survived is killed again: a fork bomb makes new processes between two rounds.
inline constexpr std::chrono::milliseconds purge_interval{10};

/// What the table needs to know of the plan.
struct Rules {
  bool has_manifest = false;  ///< else signals are forwarded as they come and nothing is escalated by the clock
  int stop_signal = SIGTERM;
  std::chrono::milliseconds grace{8000};
  manifests::Restart restart{};
  std::chrono::milliseconds ready_timeout{30000};
  std::chrono::milliseconds patience{30000};  ///< how long a successor may take
  std::chrono::milliseconds drain{300};       ///< an unpublished listener is served at least this long
};

enum class Timer { grace, ready, backoff, succession, drain, drain_limit };
inline constexpr std::size_t timer_count = 6;

struct Life {
  enum class Phase {
    starting,     ///< the web process runs and is not ready
    serving,
    draining,     ///< our listeners are unpublished; it serves who still waits there
    stopping,     ///< it was sent its stop signal; its grace runs
    sweeping,     ///< it has exited; its strays were sent SIGTERM; their grace runs
    purging,      ///< everything left was sent SIGKILL
    backing_off,  ///< no web process until the back-off ends
    yielded,      ///< no web process; a successor holds the lease and starts its own
    parting,      ///< no web process; a successor serves and is told so
    gone,
  };
  /// What follows when the tree is empty. `yield`: the successor starts its web process; `part`: it has, already.
  enum class Next { undecided, leave, restart, serve_again, yield, part };
  /// How far a successor is.
  enum class Succession { none, granted, committed };

  Phase phase = Phase::starting;
  Next next = Next::undecided;
  Succession succession = Succession::none;
  pid_t web = -1;
  int exit_code = 0;       ///< what we would leave with; the web process's, once it has exited
  bool is_late = false;    ///< it was stopped because it was not ready in time
  bool is_ready = false;     ///< the web process has been, since it was started
  bool may_stop = false;     ///< `draining` for long enough: only the queue keeps it
  bool is_unproven = false;  ///< a predecessor waits to hear that we are ready: failing is told, not retried
  std::chrono::milliseconds purged{0};
  unsigned restarts_in_a_row = 0;
  /// When the last restarts were (since an arbitrary start), as a ring of `restart.limit` entries.
  std::array<std::chrono::milliseconds, 64> restarted{};
  std::size_t restarts = 0;
};

struct WebExited { int wait_status; bool tree_is_empty; std::chrono::milliseconds now; };
struct TreeEmptied { std::chrono::milliseconds now; };
struct WebStopped {};                 ///< by job control
struct Signalled { int number; };
struct BecameReady {};
struct WebStarted { pid_t pid; };
struct SpawnFailed { int exit_code; std::chrono::milliseconds now; };
struct TimerFired { Timer timer; std::chrono::milliseconds now; };
struct TakeAsked {};                  ///< by a peer that was found to be a rightful successor
/// `has_published`: its listeners stand at the paths, and those of ours do not any more.
struct DrainAsked { bool has_published; };
struct SuccessorReady { bool has_published; };
struct SuccessorLost { bool has_published; };  ///< it gave up or died, and its tree is gone
struct QueuesEmptied {};              ///< nobody waits at our unpublished listeners
struct ByeHeard {};                   ///< the successor has been told, and lives
/// For a new web process in the old one's place. `has_published`: its listeners stand at the paths already.
struct RestartAsked { bool has_published; };
struct PredecessorLost {};            ///< nobody waits for our proof any more
using Event = std::variant<WebExited, TreeEmptied, WebStopped, Signalled, BecameReady, WebStarted, SpawnFailed,
                           TimerFired, TakeAsked, DrainAsked, SuccessorReady, SuccessorLost, QueuesEmptied, ByeHeard,
                           RestartAsked, PredecessorLost>;

/// Who is meant by a signal to the tree: everything in our pid namespace may be told only when we are about to leave,
/// because what an engine executed beside us (a shell, a successor) is none of our tree.
enum class Reach { descendants, everything };
enum class Word { grant, refuse, stopped, bye };

struct Spawn {};
struct SignalWeb { int number; };
struct SignalTree { int number; Reach reach; };
struct Arm { Timer timer; std::chrono::milliseconds length; };
struct Disarm { Timer timer; };
struct Announce {};                   ///< ready for the first time since it was spawned
struct Tell { Word word; };           ///< to the successor
/// Serve what stands at the paths: the lost successor's listeners where it has published them, else ours, published
/// again.
struct TakeUp {};
struct Leave { int exit_code; };
using Order = std::variant<Spawn, SignalWeb, SignalTree, Arm, Disarm, Announce, Tell, TakeUp, Leave>;

/// At most eight orders follow from one event.
class Orders {
 public:
  void add(const Order& order) noexcept {
    if (count_ < orders_.size()) orders_[count_++] = order;
  }
  const Order* begin() const noexcept { return orders_.data(); }
  const Order* end() const noexcept { return orders_.data() + count_; }
  std::size_t size() const noexcept { return count_; }
  const Order& at(std::size_t index) const { return orders_.at(index); }

 private:
  std::array<Order, 8> orders_{};
  std::size_t count_ = 0;
};

struct Step { Life life; Orders orders; };

/// Pure.
Step step(Life life, const Event& event, const Rules& rules) noexcept;

/// Whether the web process may be replaced in its place now: it runs, and no handover is under way.
bool can_be_renewed(const Life& life) noexcept;

/// What a shell would report: the exit status, or 128 + the signal's number.
int exit_code_of(int wait_status) noexcept;

/// One word of the control protocol.
const char* name_of(Life::Phase phase) noexcept;

}  // namespace launcher
