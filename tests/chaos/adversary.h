#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "tests/chaos/container.h"
#include "tests/chaos/ledger.h"
#include "tests/chaos/observer.h"

namespace chaos {

/// Who makes trouble for one owner, and is its engine: what ends is started again. Between two faults one container
/// serves and no other runs. Each wait has its deadline, and passing it is a breach of P8; an exit status that is not the
/// one that follows is a breach of P6.
class Adversary {
 public:
  Adversary(const Owner& owner, const Place& place, Children& children, Ledger& ledger, Report& report,
            milliseconds limit = milliseconds(60000));

  /// The first container; returns when it serves.
  void begin(const Variant& variant);
  void inflict(const Fault& fault);
  /// Stops the last container: it leaves with 0, and nothing stands at the path.
  void end();

  Container& current() noexcept { return *current_; }
  /// Makes a container of the owner that was not started yet, with `options` for its web process.
  std::unique_ptr<Container> make(const Variant& variant, const Words& options = {}, bool is_blind = false);

 private:
  bool await(const std::string& what, const std::function<bool()>& fact);
  void expect_exit(Container& container, int code, const std::string& why);
  bool is_served_by(const Container& container) const;
  void await_service();
  void start_until_it_serves();
  void keep_until_it_serves();

  void kill_web();
  void kill(const std::function<void(Container&)>& how);
  void stop(bool launcher, milliseconds length);
  void reload();
  void restart();
  /// False where the newcomer could not come, because the volume was full.
  bool redeploy(const Variant& variant);
  void redeploy_killed(const Fault& fault);
  void redeploy_frozen(const Fault& fault);
  void redeploy_broken(const Variant& variant);
  void settle(std::unique_ptr<Container> next, bool was_newcomer_killed);
  bool see_through(std::unique_ptr<Container> next);
  void remove_control();
  void second_server();
  void restart_superseded(const Fault& fault, bool it_replaces);
  bool stands_by(Container& container);

  /// Connections may break from now until the web process has answered again.
  void break_connections() { ledger_.open(Clock::now()); }
  void pause_for(milliseconds length) const;
  std::string logs() const;

  const Owner& owner_;
  const Place& place_;
  Children& children_;
  Ledger& ledger_;
  Report& report_;
  milliseconds limit_;
  int count_ = 0;
  Moment fault_began_{};
  std::unique_ptr<Container> current_, other_;
};

}  // namespace chaos
