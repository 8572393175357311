// The adversary's redeploys: two containers of one owner, and what happens to one of them meanwhile.
#include <csignal>
#include <thread>

#include "tests/chaos/adversary.h"
#include "tests/support/sockets.h"

namespace chaos {
namespace {

constexpr int system_call_failed = 71, usage = 64;
/// So long it must look as if the redeploy were over.
constexpr milliseconds calm{300};

}  // namespace

bool Adversary::redeploy(const Variant& variant) {
  auto next = make(variant);
  next->start();
  return see_through(std::move(next));
}

/// Until one of the two has ended: the old one, superseded; or the newcomer, which found no room.
bool Adversary::see_through(std::unique_ptr<Container> next) {
  other_ = std::move(next);
  if (!await("the handover", [&] { return !current_->runs() || !other_->runs(); })) return false;
  if (!other_->runs()) {
    if (!owner_.volume->was_full_since(fault_began_) || current_->exit_code())
      expect_exit(*other_, 0, "it took over, and nothing was done to it");
    else
      expect_exit(*other_, system_call_failed, "there was no room for its socket");
    return false;
  }
  expect_exit(*current_, 0, "it was superseded");
  std::swap(current_, other_);
  await_service();
  return true;
}

void Adversary::redeploy_killed(const Fault& fault) {
  auto next = make(fault.variant);
  const auto kill = [&](Container& one) {
    if (one.first() <= 0 || !one.runs()) return;
    break_connections();
    if (fault.hits_launcher_alone)
      one.signal(one.launcher(), SIGKILL);
    else
      one.kill_all();
  };
  std::thread killer;
  if (!fault.hits_newcomer)
    killer = std::thread([&] {
      pause_for(fault.delay);
      kill(*current_);
    });
  next->start();
  if (killer.joinable()) {
    killer.join();
  } else {
    pause_for(fault.delay);
    kill(*next);
  }
  settle(std::move(next), fault.hits_newcomer);
}

/// Until one alone is left and serves. An engine starts the newcomer again when both have ended.
void Adversary::settle(std::unique_ptr<Container> next, bool was_newcomer_killed) {
  other_ = std::move(next);
  const auto is_over = [&] {
    const bool old_runs = current_->runs(), new_runs = other_->runs();
    if (!old_runs && !new_runs) other_->start();
    if (old_runs == new_runs) return false;
    auto& left = old_runs ? *current_ : *other_;
    const Words ready{"/solinit", "--manifest", "/etc/shop/manifest.yaml", "--ready"};
    return is_served_by(left) && left.execute(ready, limit_) == 0 && left.runs();
  };
  Moment since = Clock::now();
  const bool is_settled = await("one of two serves", [&] {
    if (!is_over()) since = Clock::now();
    return Clock::now() - since > calm;
  });
  if (!is_settled) return;
  const auto exit = current_->exit_code();
  if (exit) std::swap(current_, other_);
  // Of the two the one that was not killed leaves with 0, or does not leave.
  if (exit && was_newcomer_killed && *exit != 0)
    report_.breach("P6", owner_.name, other_->id() + " left with " + std::to_string(*exit) + logs());
  if (!exit && !was_newcomer_killed && other_->exit_code() != system_call_failed)
    report_.breach("P6", owner_.name, other_->id() + " left with " + std::to_string(*other_->exit_code()) + logs());
}

void Adversary::redeploy_frozen(const Fault& fault) {
  auto next = make(fault.variant);
  const auto freeze = [&](Container& one) {
    pause_for(fault.delay);
    one.pause();
    pause_for(fault.length);
    one.resume();
  };
  std::thread freezer;
  if (!fault.hits_newcomer) freezer = std::thread([&] { freeze(*current_); });
  next->start();
  if (freezer.joinable())
    freezer.join();
  else
    freeze(*next);
  see_through(std::move(next));
}

void Adversary::redeploy_broken(const Variant& variant) {
  other_ = make(variant, {"--no-such-option"});
  other_->start();
  if (!await("the broken newcomer ends", [&] { return !other_->runs(); })) return;
  const bool found_no_room =
      other_->exit_code() == system_call_failed && owner_.volume->was_full_since(fault_began_);
  if (!found_no_room) expect_exit(*other_, usage, "as its web process did");
}

bool Adversary::stands_by(Container& container) {
  container.start();
  return await(container.id() + " stands by",
               [&] { return container.log().find("standing by") != std::string::npos; });
}

/// Only a launcher that is PID 1 is restarted by an engine.
void Adversary::restart_superseded(const Fault& fault, bool it_replaces) {
  auto first = fault.variant, second = fault.second;
  first.is_nested = second.is_nested = false;
  if (!redeploy(first) || !redeploy(second) || !stands_by(*other_)) return;
  await_service();
  if (it_replaces) {
    break_connections();
    current_->kill_all();
    expect_exit(*current_, 128 + SIGKILL, "it was killed");
    std::swap(current_, other_);
    keep_until_it_serves();
    // Where the killed one could not write whom it had superseded, and by whom it is itself, nobody knows.
    if (owner_.volume->was_full_since(fault_began_) || !stands_by(*other_)) return;
    await_service();
  }
  other_->signal(other_->first(), SIGTERM);
  expect_exit(*other_, 128 + SIGTERM, "it stood by, and was stopped");
}

}  // namespace chaos
