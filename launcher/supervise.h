#pragma once

#include <poll.h>

#include <array>
#include <cstdint>
#include <ctime>
#include <optional>

#include "launcher/adoption.h"
#include "launcher/claiming.h"
#include "launcher/control_server.h"
#include "launcher/lifecycle.h"
#include "launcher/path_watch.h"
#include "launcher/plan.h"
#include "launcher/progress.h"
#include "launcher/readiness.h"
#include "launcher/signals.h"
#include "launcher/timers.h"
#include "launcher/web_process.h"

namespace launcher {

/// What exists only where a manifest names something to own.
struct Office {
  manifests::Manifest& manifest;
  Tenure tenure;
  Adoption adoption;
  Readiness readiness;
  ControlServer server;  ///< opened at once, or, after a handover, when the predecessor no longer needs the names
  PathWatch paths;
  std::optional<ownership::Deadline> parting_end;  ///< the predecessor was told that we are ready

  /// Must outlive it; changed where adoption turns out to be impossible.
  Office(manifests::Manifest& wanted, Tenure taken) noexcept
      : manifest(wanted),
        tenure(std::move(taken)),
        readiness(manifest, tenure.claim, tenure.listeners, adoption),
        server(manifest, tenure),
        paths(tenure.claim, tenure.listeners, settle_rules(manifest)) {}
};

/// Runs the lifecycle: waits for what happens, asks the table, carries out its orders. From the first web process on
/// it never throws, and every wait but that for a living web process ends.
class Supervisor {
 public:
  /// All must outlive it. `office` may be null.
  Supervisor(const Plan& plan, SignalInbox& inbox, WebProcess& web, Office* office) noexcept;

  /// Starts the web process and returns when its tree is gone, with the exit code to leave with.
  int run() noexcept;
  /// Whether a successor holds the leases now, so that nothing may be removed.
  bool is_superseded() const noexcept { return is_superseded_; }
  /// Tells a predecessor that has not parted that we are gone. Whether it is there, and will serve again.
  bool gives_back() noexcept;

 private:
  void confine_for_good() noexcept;
  void handle(const Event& event) noexcept;
  void carry_out(const Order& order) noexcept;
  void explain(const Life& before) const noexcept;
  void begin_progress() noexcept;

  void spawn() noexcept;
  void spawn_failed(const ownership::Error& error) noexcept;
  ownership::Result<void> settle_again() noexcept;
  void signal_web(int number) noexcept;
  void signal_tree(const SignalTree& order) const noexcept;
  void announce() noexcept;
  void web_serves() noexcept;
  bool publish_over_predecessor() noexcept;
  void tell(Word word) noexcept;
  void take_up() noexcept;
  void renew() noexcept;
  void look_at_paths(std::span<const pollfd> ready) noexcept;

  void wait_and_hear() noexcept;
  void hear_signals() noexcept;
  void hear(int number) noexcept;
  void reap() noexcept;
  void hear_predecessor(std::span<const pollfd> ready) noexcept;
  void advance(const Newcomer::Event& event) noexcept;
  void carry_out(Newcomer::Order order) noexcept;
  void reign() noexcept;
  void look_at_queues() noexcept;
  void look_at_records() noexcept;
  void write_records() noexcept;
  void hear_adoption(std::span<const pollfd> ready) noexcept;
  std::span<pollfd> watched() noexcept;
  int milliseconds_to_next() const noexcept;

  const Plan& plan_;
  SignalInbox& inbox_;
  WebProcess& web_;
  Office* office_;
  Rules rules_;
  Life life_;
  Timers timers_;
  std::array<pollfd, 96> room_{};
  std::optional<ownership::Deadline> publishes_again_;  ///< the web process serves, and its paths lead elsewhere
  std::time_t phase_since_ = std::time(nullptr);
  std::uint64_t starts_ = 0;  ///< of web processes
  std::uint64_t reaped_ = 0;
  ownership::Deadline next_records_{};                  ///< when what stands beside our sockets is looked at
  bool records_are_written_ = false;
  bool has_told_records_ = false;
  Progress progress_;
  bool has_spawned_ = false;
  bool is_confined_ = false;
  bool web_is_stopped_ = false;
  bool must_reap_again_ = false;
  bool is_private_pid_one_ = false;
  bool is_superseded_ = false;
};

}  // namespace launcher
