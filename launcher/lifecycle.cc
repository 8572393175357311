#include "launcher/lifecycle.h"

#include <sys/wait.h>

#include <algorithm>
#include <csignal>

#include "launcher/lifecycle_steps.h"
#include "ownership/exit_code.h"

namespace launcher {
namespace {

using Phase = Life::Phase;
using Next = Life::Next;
using std::chrono::milliseconds;

constexpr int code(ownership::ExitCode exit_code) { return static_cast<int>(exit_code); }

bool has_web_process(const Life& life) {
  return life.phase == Phase::starting || life.phase == Phase::serving || life.phase == Phase::draining ||
         life.phase == Phase::stopping || (life.phase == Phase::purging && life.web > 0);
}

Reach reach_of(const Life& life) { return life.next == Next::leave ? Reach::everything : Reach::descendants; }

/// Exponential, from `backoff` to `max_backoff`.
milliseconds backoff_after(unsigned restarts_in_a_row, const manifests::Restart& restart) {
  auto delay = restart.backoff;
  for (unsigned i = 0; i < restarts_in_a_row && delay < restart.max_backoff; ++i) delay *= 2;
  return std::min(delay, std::max(restart.max_backoff, restart.backoff));
}

bool may_restart_again(const Life& life, const manifests::Restart& restart, milliseconds now) {
  const std::size_t limit = std::min<std::size_t>(restart.limit, life.restarted.size());
  if (life.restarts < limit) return true;
  return limit > 0 && now - life.restarted[(life.restarts - limit) % life.restarted.size()] > restart.window;
}

Step back_off(Step step, const Rules& rules, milliseconds now) {
  auto& life = step.life;
  if (!may_restart_again(life, rules.restart, now)) return leave(step, life.exit_code);
  const auto since_last = life.restarts == 0
                              ? milliseconds::max()
                              : now - life.restarted[(life.restarts - 1) % life.restarted.size()];
  // A process that stayed up for longer than the longest back-off starts over with the shortest.
  if (since_last > rules.restart.max_backoff + backoff_after(life.restarts_in_a_row, rules.restart))
    life.restarts_in_a_row = 0;
  life.phase = Phase::backing_off;
  step.orders.add(Arm{Timer::backoff, backoff_after(life.restarts_in_a_row, rules.restart)});
  life.restarted[life.restarts++ % life.restarted.size()] = now;
  ++life.restarts_in_a_row;
  return step;
}

Step tree_is_gone(Step step, const Rules& rules, milliseconds now) {
  step.orders.add(Disarm{Timer::grace});
  switch (step.life.next) {
    case Next::restart: return back_off(step, rules, now);
    case Next::serve_again: return serve_again(step);
    case Next::yield: return yield(step, rules);
    case Next::part: return part(step, rules);
    case Next::undecided:
    case Next::leave: break;
  }
  return leave(step, step.life.exit_code);
}

Next after_exit(const Life& life, const Rules& rules) {
  if (life.next != Next::undecided) return life.next;
  if (life.is_unproven) return Next::leave;
  const bool restarts = rules.restart.policy == manifests::RestartPolicy::always ||
                        (rules.restart.policy == manifests::RestartPolicy::on_failure && life.exit_code != 0);
  return restarts ? Next::restart : Next::leave;
}

Step purge(Step step) {
  step.life.phase = Phase::purging;
  step.orders.add(SignalTree{SIGKILL, reach_of(step.life)});
  step.orders.add(Arm{Timer::grace, purge_interval});
  return step;
}

Step on(Step step, const WebExited& event, const Rules& rules) {
  auto& life = step.life;
  if (!has_web_process(life)) return step;
  life.web = -1;
  life.exit_code = life.is_late ? code(ownership::ExitCode::not_ready) : exit_code_of(event.wait_status);
  life.next = after_exit(life, rules);
  step.orders.add(Disarm{Timer::ready});
  if (event.tree_is_empty) return tree_is_gone(step, rules, event.now);
  if (life.phase == Phase::purging) return step;
  life.phase = Phase::sweeping;
  step.orders.add(SignalTree{SIGTERM, reach_of(life)});
  step.orders.add(SignalTree{SIGCONT, reach_of(life)});
  step.orders.add(Arm{Timer::grace, rules.grace});
  return step;
}

Step on(Step step, const TreeEmptied& event, const Rules& rules) {
  const bool was_waited_for =
      step.life.phase == Phase::sweeping || (step.life.phase == Phase::purging && step.life.web < 0);
  return was_waited_for ? tree_is_gone(step, rules, event.now) : step;
}

Step on(Step step, const WebStopped&, const Rules&) {
  if (step.life.phase == Phase::stopping) step.orders.add(SignalWeb{SIGCONT});
  return step;
}

Step asked_to_stop(Step step, const Rules& rules) {
  auto& life = step.life;
  switch (life.phase) {
    case Phase::starting:
    case Phase::serving:
    case Phase::draining: return begin_stop(step, Next::leave, rules);
    case Phase::stopping:
      life.next = Next::leave;
      step.orders.add(SignalWeb{rules.stop_signal});
      return step;
    case Phase::sweeping:
      life.next = Next::leave;
      step.orders.add(SignalTree{SIGTERM, Reach::everything});
      return step;
    case Phase::purging: life.next = Next::leave; return step;
    case Phase::backing_off: return leave(step, life.exit_code);
    // The lease lives on with the successor: there is nothing left for us to end.
    case Phase::yielded:
    case Phase::parting: return leave(step, 0);
    case Phase::gone: break;
  }
  return step;
}

Step on(Step step, const Signalled& signal, const Rules& rules) {
  const bool ends_a_wait = signal.number == SIGINT || signal.number == SIGQUIT || signal.number == SIGTERM;
  if (rules.has_manifest && signal.number == SIGTERM) return asked_to_stop(step, rules);
  if (has_web_process(step.life)) {
    step.orders.add(SignalWeb{signal.number});
  } else if (step.life.phase == Phase::sweeping) {
    step.orders.add(SignalTree{signal.number, reach_of(step.life)});
  } else if (ends_a_wait) {
    return asked_to_stop(step, rules);
  }
  return step;
}

Step on(Step step, const BecameReady&, const Rules&) {
  const bool is_draining = step.life.phase == Phase::draining && !step.life.is_ready;
  if (step.life.phase != Phase::starting && !is_draining) return step;
  if (!is_draining) step.life.phase = Phase::serving;
  step.life.is_ready = true;
  step.life.is_unproven = false;
  step.orders.add(Disarm{Timer::ready});
  step.orders.add(Announce{});
  return step;
}

Step on(Step step, const WebStarted& spawned, const Rules& rules) {
  step.life.web = spawned.pid;
  if (rules.has_manifest) step.orders.add(Arm{Timer::ready, rules.ready_timeout});
  return step;
}

Step on(Step step, const SpawnFailed& failed, const Rules& rules) {
  // A command that cannot be executed now will not be executable after a pause; a full process table may be.
  const bool is_passing = failed.exit_code == code(ownership::ExitCode::system_call);
  step.life.exit_code = failed.exit_code;
  if (is_passing && after_exit(step.life, rules) == Next::restart) return back_off(step, rules, failed.now);
  return leave(step, failed.exit_code);
}

Step on(Step step, const TimerFired& fired, const Rules& rules) {
  auto& life = step.life;
  switch (fired.timer) {
    case Timer::ready:
      if (life.phase != Phase::starting) return step;
      life.is_late = true;
      return begin_stop(step, Next::undecided, rules);
    case Timer::grace:
      if (life.phase == Phase::purging) life.purged += purge_interval;
      if (life.purged >= purge_limit)
        return leave(step, life.web < 0 ? life.exit_code : code(ownership::ExitCode::system_call));
      if (life.phase == Phase::stopping || life.phase == Phase::sweeping || life.phase == Phase::purging)
        return purge(step);
      return step;
    case Timer::backoff: return life.phase == Phase::backing_off ? spawn_again(step) : step;
    case Timer::drain: life.may_stop = life.phase == Phase::draining; return step;
    case Timer::drain_limit: return life.phase == Phase::draining ? begin_stop(step, life.next, rules) : step;
    case Timer::succession:
      if (life.phase == Phase::yielded) return leave(step, code(ownership::ExitCode::held));
      // Its launcher is gone before it heard us, and something of its tree serves on.
      return life.phase == Phase::parting ? leave(step, 0) : step;
  }
  return step;
}

}  // namespace

Step step(Life life, const Event& event, const Rules& rules) noexcept {
  return std::visit(
      [&](const auto& happened) {
        if constexpr (is_of_a_handover<decltype(happened)>)
          return hand_over(Step{life, {}}, happened, rules);
        else
          return on(Step{life, {}}, happened, rules);
      },
      event);
}

int exit_code_of(int wait_status) noexcept {
  return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

const char* name_of(Life::Phase phase) noexcept {
  switch (phase) {
    case Phase::starting: return "starting";
    case Phase::serving: return "serving";
    case Phase::draining: return "draining";
    case Phase::stopping: return "stopping";
    case Phase::sweeping: return "sweeping";
    case Phase::purging: return "purging";
    case Phase::backing_off: return "backing-off";
    case Phase::yielded:
    case Phase::parting: return "handing-over";
    case Phase::gone: return "gone";
  }
  return "unknown";
}

}  // namespace launcher
