#include <csignal>

#include "launcher/lifecycle_steps.h"

namespace launcher {

using Phase = Life::Phase;
using Next = Life::Next;
using Succession = Life::Succession;

Step leave(Step step, int exit_code) {
  step.life.phase = Phase::gone;
  step.life.exit_code = exit_code;
  step.orders.add(Leave{exit_code});
  return step;
}

Step begin_stop(Step step, Next next, const Rules& rules) {
  if (step.life.phase == Phase::draining) {
    step.orders.add(Disarm{Timer::drain});
    step.orders.add(Disarm{Timer::drain_limit});
  }
  step.life.phase = Phase::stopping;
  step.life.next = next;
  step.orders.add(Disarm{Timer::ready});
  step.orders.add(SignalWeb{rules.stop_signal});
  // A stopped process acts on its stop signal only once it is continued.
  step.orders.add(SignalWeb{SIGCONT});
  step.orders.add(Arm{Timer::grace, rules.grace});
  return step;
}

Step spawn_again(Step step) {
  step.life.phase = Phase::starting;
  step.life.next = Next::undecided;
  step.life.is_late = step.life.is_ready = step.life.may_stop = false;
  step.life.purged = std::chrono::milliseconds{0};
  step.orders.add(Spawn{});
  return step;
}

Step serve_again(Step step) {
  step.orders.add(TakeUp{});
  return spawn_again(step);
}

Step yield(Step step, const Rules& rules) {
  step.life.phase = Phase::yielded;
  step.orders.add(Tell{Word::stopped});
  step.orders.add(Arm{Timer::succession, rules.patience + rules.ready_timeout});
  return step;
}

Step part(Step step, const Rules& rules) {
  step.life.phase = Phase::parting;
  step.orders.add(Tell{Word::bye});
  step.orders.add(Arm{Timer::succession, rules.patience});
  return step;
}

bool can_be_renewed(const Life& life) noexcept {
  return life.succession == Succession::none && !life.is_unproven &&
         (life.phase == Phase::starting || life.phase == Phase::serving);
}

namespace {

bool is_ending(const Life& life) {
  return life.phase == Phase::stopping || life.phase == Phase::sweeping || life.phase == Phase::purging;
}

Step begin_drain(Step step, Next next, const Rules& rules) {
  step.life.phase = Phase::draining;
  step.life.next = next;
  step.life.may_stop = false;
  step.orders.add(Disarm{Timer::ready});
  step.orders.add(Arm{Timer::drain, rules.drain});
  // A web process that does not serve who waits is not going to: as long as for its end we wait for it, too.
  step.orders.add(Arm{Timer::drain_limit, rules.drain + rules.grace});
  return step;
}

/// Who comes from now on waits at the successor's listeners.
Step make_way(Step step, Next next, bool has_published, const Rules& rules) {
  auto& life = step.life;
  if (life.phase == Phase::starting || life.phase == Phase::serving)
    return has_published ? begin_drain(step, next, rules) : begin_stop(step, next, rules);
  // Where it is going anyway: better a successor than a restart.
  if (life.phase == Phase::draining || (is_ending(life) && life.next != Next::leave)) life.next = next;
  return step;
}

Step go_on(Step step, const Rules& rules) {
  auto& life = step.life;
  life.phase = life.is_ready ? Phase::serving : Phase::starting;
  life.next = Next::undecided;
  step.orders.add(Disarm{Timer::drain});
  step.orders.add(Disarm{Timer::drain_limit});
  if (!life.is_ready) step.orders.add(Arm{Timer::ready, rules.ready_timeout});
  step.orders.add(TakeUp{});
  return step;
}

}  // namespace

Step hand_over(Step step, const TakeAsked&, const Rules&) {
  auto& life = step.life;
  const bool can_be_taken =
      life.succession == Succession::none && !life.is_unproven &&
      (life.phase == Phase::starting || life.phase == Phase::serving || life.phase == Phase::backing_off);
  if (can_be_taken) life.succession = Succession::granted;
  step.orders.add(Tell{can_be_taken ? Word::grant : Word::refuse});
  return step;
}

Step hand_over(Step step, const DrainAsked& event, const Rules& rules) {
  if (step.life.succession != Succession::granted) return step;
  step.life.succession = Succession::committed;
  if (step.life.phase != Phase::backing_off) return make_way(step, Next::yield, event.has_published, rules);
  step.orders.add(Disarm{Timer::backoff});
  return yield(step, rules);
}

Step hand_over(Step step, const SuccessorReady& event, const Rules& rules) {
  auto& life = step.life;
  if (life.phase == Phase::yielded) return part(step, rules);
  if (life.succession != Succession::granted) return step;
  // It serves already, beside us.
  life.succession = Succession::committed;
  if (life.phase != Phase::backing_off) return make_way(step, Next::part, event.has_published, rules);
  step.orders.add(Disarm{Timer::backoff});
  return part(step, rules);
}

Step hand_over(Step step, const SuccessorLost& event, const Rules& rules) {
  auto& life = step.life;
  if (life.succession == Succession::none) return step;
  life.succession = Succession::none;
  step.orders.add(Disarm{Timer::succession});
  if (life.phase == Phase::yielded || life.phase == Phase::parting) return serve_again(step);
  if (life.phase == Phase::backing_off) return step.orders.add(TakeUp{}), step;
  // Who waits at its published listeners is served by nobody yet, so the web process is to move there.
  if (event.has_published) return make_way(step, Next::serve_again, true, rules);
  if (life.phase == Phase::draining) return go_on(step, rules);
  if (life.next == Next::yield || life.next == Next::part) life.next = Next::serve_again;
  return step;
}

Step hand_over(Step step, const QueuesEmptied&, const Rules& rules) {
  const bool is_drained = step.life.phase == Phase::draining && step.life.may_stop;
  return is_drained ? begin_stop(step, step.life.next, rules) : step;
}

Step hand_over(Step step, const ByeHeard&, const Rules&) {
  return step.life.phase == Phase::parting ? leave(step, 0) : step;
}

/// Our next web process succeeds the old one as another launcher's would: on listeners of its own.
Step hand_over(Step step, const RestartAsked& event, const Rules& rules) {
  return can_be_renewed(step.life) ? make_way(step, Next::serve_again, event.has_published, rules) : step;
}

Step hand_over(Step step, const PredecessorLost&, const Rules&) {
  step.life.is_unproven = false;
  return step;
}

}  // namespace launcher
