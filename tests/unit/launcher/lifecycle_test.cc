#include "launcher/lifecycle.h"

#include <gtest/gtest.h>

#include <csignal>
#include <string>
#include <vector>

using namespace launcher;
using namespace std::chrono_literals;
using Phase = Life::Phase;

namespace {

constexpr pid_t web = 7;
constexpr auto now = 1000000ms;
constexpr int exited_with(int status) { return status << 8; }
constexpr int killed_by(int signal) { return signal; }

Rules owning() {
  Rules rules;
  rules.has_manifest = true;
  return rules;
}

Rules restarting(manifests::RestartPolicy policy) {
  auto rules = owning();
  rules.restart.policy = policy;
  return rules;
}

Life serving() {
  Life life;
  life.phase = Phase::serving;
  life.web = web;
  return life;
}

Life in(Phase phase, Life::Next next = Life::Next::undecided) {
  auto life = serving();
  life.phase = phase;
  life.next = next;
  const bool has_web = phase == Phase::starting || phase == Phase::serving || phase == Phase::stopping;
  life.web = has_web ? web : -1;
  return life;
}

template <typename Wanted>
std::vector<Wanted> all(const Orders& orders) {
  std::vector<Wanted> found;
  for (const auto& order : orders)
    if (const auto* wanted = std::get_if<Wanted>(&order)) found.push_back(*wanted);
  return found;
}

template <typename Wanted>
bool has(const Orders& orders) {
  return !all<Wanted>(orders).empty();
}

std::vector<int> signals_to_web(const Orders& orders) {
  std::vector<int> numbers;
  for (const auto& signal : all<SignalWeb>(orders)) numbers.push_back(signal.number);
  return numbers;
}

int left_with(const Step& step) {
  const auto leaves = all<Leave>(step.orders);
  return leaves.size() == 1 ? leaves[0].exit_code : -1;
}

}  // namespace

TEST(Lifecycle, LeavesWithTheStatusOfTheWebProcess) {
  EXPECT_EQ(left_with(step(serving(), WebExited{exited_with(3), true, now}, owning())), 3);
  EXPECT_EQ(left_with(step(serving(), WebExited{killed_by(SIGKILL), true, now}, owning())), 137);
}

TEST(Lifecycle, TellsTheStraysBeforeItLeaves) {
  auto next = step(serving(), WebExited{exited_with(3), false, now}, owning());
  EXPECT_EQ(next.life.phase, Phase::sweeping);
  const auto told = all<SignalTree>(next.orders);
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[0].number, SIGTERM);
  EXPECT_EQ(told[0].reach, Reach::everything);
  EXPECT_EQ(told[1].number, SIGCONT);
  EXPECT_EQ(left_with(step(next.life, TreeEmptied{now}, owning())), 3);
}

TEST(Lifecycle, KillsTheStraysWhenTheirGraceEnds) {
  auto next = step(in(Phase::sweeping, Life::Next::leave), TimerFired{Timer::grace, now}, owning());
  EXPECT_EQ(next.life.phase, Phase::purging);
  EXPECT_EQ(all<SignalTree>(next.orders).at(0).number, SIGKILL);
}

TEST(Lifecycle, KillsAgainUntilTheLimitAndThenLeavesAllTheSame) {
  auto life = in(Phase::purging, Life::Next::leave);
  life.exit_code = 5;
  int rounds = 0;
  Step next;
  do {
    next = step(life, TimerFired{Timer::grace, now}, owning());
    life = next.life;
    ASSERT_LT(++rounds, 1000);
  } while (life.phase != Phase::gone);
  EXPECT_EQ(left_with(next), 5);
  EXPECT_EQ(rounds, purge_limit / purge_interval);
}

TEST(Lifecycle, SparesWhatTheEngineExecutedWhenItOnlyRestarts) {
  const auto next = step(serving(), WebExited{exited_with(1), false, now}, restarting(manifests::RestartPolicy::always));
  EXPECT_EQ(all<SignalTree>(next.orders).at(0).reach, Reach::descendants);
}

TEST(Lifecycle, SendsTheStopSignalAndContinuesAStoppedProcess) {
  auto rules = owning();
  rules.stop_signal = SIGQUIT;
  const auto next = step(serving(), Signalled{SIGTERM}, rules);
  EXPECT_EQ(next.life.phase, Phase::stopping);
  EXPECT_EQ(signals_to_web(next.orders), (std::vector<int>{SIGQUIT, SIGCONT}));
  EXPECT_EQ(all<Arm>(next.orders).at(0).length, rules.grace);
}

TEST(Lifecycle, PassesASecondTermOnWithoutANewGrace) {
  auto next = step(serving(), Signalled{SIGTERM}, owning());
  next = step(next.life, Signalled{SIGTERM}, owning());
  EXPECT_EQ(signals_to_web(next.orders), std::vector<int>{SIGTERM});
  EXPECT_FALSE(has<Arm>(next.orders));
}

TEST(Lifecycle, KillsTheWholeTreeWhenTheGraceEnds) {
  const auto next = step(in(Phase::stopping, Life::Next::leave), TimerFired{Timer::grace, now}, owning());
  EXPECT_EQ(next.life.phase, Phase::purging);
  EXPECT_EQ(all<SignalTree>(next.orders).at(0).number, SIGKILL);
}

TEST(Lifecycle, ContinuesAProcessThatStopsItselfWhileItIsToEnd) {
  EXPECT_EQ(signals_to_web(step(in(Phase::stopping), WebStopped{}, owning()).orders), std::vector<int>{SIGCONT});
  EXPECT_TRUE(signals_to_web(step(serving(), WebStopped{}, owning()).orders).empty());
}

TEST(Lifecycle, ForwardsEverySignalAsItCameWithoutAManifest) {
  for (int number = 1; number <= 64; ++number) {
    const auto next = step(serving(), Signalled{number}, Rules{});
    EXPECT_EQ(signals_to_web(next.orders), std::vector<int>{number});
    EXPECT_EQ(next.life.phase, Phase::serving);
    EXPECT_FALSE(has<Arm>(next.orders));
  }
}

TEST(Lifecycle, ForwardsEverySignalButTermWithAManifest) {
  for (int number = 1; number <= 64; ++number) {
    if (number == SIGTERM) continue;
    EXPECT_EQ(signals_to_web(step(serving(), Signalled{number}, owning()).orders), std::vector<int>{number});
  }
}

TEST(Lifecycle, RestartsByPolicy) {
  using manifests::RestartPolicy;
  const auto phase_after = [](RestartPolicy policy, int status) {
    return step(serving(), WebExited{exited_with(status), true, now}, restarting(policy)).life.phase;
  };
  EXPECT_EQ(phase_after(RestartPolicy::never, 1), Phase::gone);
  EXPECT_EQ(phase_after(RestartPolicy::on_failure, 0), Phase::gone);
  EXPECT_EQ(phase_after(RestartPolicy::on_failure, 1), Phase::backing_off);
  EXPECT_EQ(phase_after(RestartPolicy::always, 0), Phase::backing_off);
}

TEST(Lifecycle, NeverRestartsWhatItWasAskedToStop) {
  const auto rules = restarting(manifests::RestartPolicy::always);
  const auto stopping = step(serving(), Signalled{SIGTERM}, rules).life;
  EXPECT_EQ(left_with(step(stopping, WebExited{killed_by(SIGTERM), true, now}, rules)), 143);
}

TEST(Lifecycle, BacksOffLongerEachTimeUpToTheLongest) {
  auto rules = restarting(manifests::RestartPolicy::always);
  rules.restart.limit = 64;
  auto life = serving();
  std::vector<std::chrono::milliseconds> delays;
  for (int i = 0; i < 7; ++i) {
    auto next = step(life, WebExited{exited_with(1), true, now + i * 1ms}, rules);
    delays.push_back(all<Arm>(next.orders).at(0).length);
    life = step(next.life, TimerFired{Timer::backoff, now}, rules).life;
    life = step(life, WebStarted{web}, rules).life;
  }
  EXPECT_EQ(delays, (std::vector<std::chrono::milliseconds>{1s, 2s, 4s, 8s, 16s, 30s, 30s}));
}

TEST(Lifecycle, GivesUpWhenItEndsTooOften) {
  auto rules = restarting(manifests::RestartPolicy::always);
  rules.restart.limit = 2;
  auto life = serving();
  for (int i = 0; i < 2; ++i) {
    life = step(life, WebExited{exited_with(1), true, now}, rules).life;
    ASSERT_EQ(life.phase, Phase::backing_off);
    life = step(step(life, TimerFired{Timer::backoff, now}, rules).life, WebStarted{web}, rules).life;
  }
  EXPECT_EQ(left_with(step(life, WebExited{exited_with(9), true, now}, rules)), 9);
  // The same end a window later is no longer one too many.
  const auto later = step(life, WebExited{exited_with(9), true, now + rules.restart.window + 1ms}, rules);
  EXPECT_EQ(later.life.phase, Phase::backing_off);
}

TEST(Lifecycle, StopsWhatIsNotReadyInTimeAndLeavesWith69) {
  auto next = step(in(Phase::starting), TimerFired{Timer::ready, now}, owning());
  EXPECT_EQ(next.life.phase, Phase::stopping);
  EXPECT_EQ(left_with(step(next.life, WebExited{killed_by(SIGTERM), true, now}, owning())), 69);
}

TEST(Lifecycle, AnnouncesReadinessOnce) {
  auto next = step(in(Phase::starting), BecameReady{}, owning());
  EXPECT_EQ(next.life.phase, Phase::serving);
  EXPECT_TRUE(has<Announce>(next.orders));
  EXPECT_FALSE(has<Announce>(step(next.life, BecameReady{}, owning()).orders));
}

TEST(Lifecycle, HandsOverOnlyAfterItsTreeIsGone) {
  const auto rules = owning();
  auto next = step(serving(), TakeAsked{}, rules);
  ASSERT_EQ(all<Tell>(next.orders).at(0).word, Word::grant);
  EXPECT_EQ(next.life.phase, Phase::serving);
  next = step(next.life, DrainAsked{}, rules);
  EXPECT_EQ(next.life.phase, Phase::stopping);
  next = step(next.life, WebExited{killed_by(SIGTERM), false, now}, rules);
  EXPECT_FALSE(has<Tell>(next.orders));
  next = step(next.life, TreeEmptied{now}, rules);
  EXPECT_EQ(next.life.phase, Phase::yielded);
  EXPECT_EQ(all<Tell>(next.orders).at(0).word, Word::stopped);
  next = step(next.life, SuccessorReady{}, rules);
  EXPECT_EQ(all<Tell>(next.orders).at(0).word, Word::bye);
  EXPECT_EQ(left_with(step(next.life, ByeHeard{}, rules)), 0);
}

TEST(Lifecycle, StopsOnlyWhenItHasDrainedLongEnoughAndNobodyWaits) {
  const auto rules = owning();
  auto life = step(serving(), TakeAsked{}, rules).life;
  auto next = step(life, DrainAsked{true}, rules);
  EXPECT_EQ(next.life.phase, Phase::draining);
  EXPECT_EQ(all<Arm>(next.orders).at(0).length, rules.drain);
  EXPECT_EQ(step(next.life, QueuesEmptied{}, rules).life.phase, Phase::draining);
  next = step(next.life, TimerFired{Timer::drain, now}, rules);
  EXPECT_EQ(next.life.phase, Phase::draining);
  EXPECT_EQ(step(next.life, QueuesEmptied{}, rules).life.phase, Phase::stopping);
  EXPECT_EQ(step(next.life, TimerFired{Timer::drain_limit, now}, rules).life.phase, Phase::stopping);
}

TEST(Lifecycle, MovesToThePublishedListenersOfALostSuccessor) {
  auto life = step(serving(), TakeAsked{}, owning()).life;
  auto next = step(step(life, DrainAsked{true}, owning()).life, SuccessorLost{true}, owning());
  EXPECT_EQ(next.life.phase, Phase::draining);
  next = step(next.life, TimerFired{Timer::drain_limit, now}, owning());
  next = step(next.life, WebExited{killed_by(SIGTERM), true, now}, owning());
  EXPECT_TRUE(has<TakeUp>(next.orders));
  EXPECT_TRUE(has<Spawn>(next.orders));
}

TEST(Lifecycle, SaysByeInOverlapWhenItsTreeIsGone) {
  auto life = step(serving(), TakeAsked{}, owning()).life;
  auto next = step(life, SuccessorReady{true}, owning());
  EXPECT_EQ(next.life.phase, Phase::draining);
  next = step(next.life, TimerFired{Timer::drain_limit, now}, owning());
  next = step(next.life, WebExited{killed_by(SIGTERM), true, now}, owning());
  EXPECT_EQ(next.life.phase, Phase::parting);
  EXPECT_EQ(all<Tell>(next.orders).at(0).word, Word::bye);
}

TEST(Lifecycle, ServesAgainWhenTheSuccessorIsLost) {
  const auto to_successor = [](Phase phase) {
    auto life = in(phase, Life::Next::yield);
    life.succession = Life::Succession::committed;
    return life;
  };
  EXPECT_TRUE(has<Spawn>(step(to_successor(Phase::yielded), SuccessorLost{}, owning()).orders));
  const auto stopping = step(to_successor(Phase::stopping), SuccessorLost{}, owning());
  EXPECT_FALSE(has<Spawn>(stopping.orders));
  EXPECT_TRUE(has<Spawn>(step(stopping.life, WebExited{killed_by(SIGTERM), true, now}, owning()).orders));
}

TEST(Lifecycle, GoesOnWhenASuccessorIsLostBeforeItAskedToDrain) {
  const auto granted = step(serving(), TakeAsked{}, owning()).life;
  const auto next = step(granted, SuccessorLost{}, owning());
  EXPECT_EQ(next.life.phase, Phase::serving);
  EXPECT_EQ(all<Tell>(step(next.life, TakeAsked{}, owning()).orders).at(0).word, Word::grant);
}

TEST(Lifecycle, RefusesASecondSuccessorAndOneWhileItStopsOrTakesOverItself) {
  const auto word = [](const Life& life) { return all<Tell>(step(life, TakeAsked{}, owning()).orders).at(0).word; };
  EXPECT_EQ(word(step(serving(), TakeAsked{}, owning()).life), Word::refuse);
  EXPECT_EQ(word(in(Phase::stopping, Life::Next::leave)), Word::refuse);
  auto unproven = in(Phase::starting);
  unproven.is_unproven = true;
  EXPECT_EQ(word(unproven), Word::refuse);
}

TEST(Lifecycle, NeverRestartsWhileAPredecessorWaits) {
  auto life = in(Phase::starting);
  life.is_unproven = true;
  const auto next = step(life, WebExited{exited_with(1), true, now}, restarting(manifests::RestartPolicy::always));
  EXPECT_EQ(left_with(next), 1);
}

TEST(Lifecycle, LeavesAtOnceWhenAskedToStopWithoutAWebProcess) {
  auto waiting = in(Phase::backing_off);
  waiting.exit_code = 4;
  EXPECT_EQ(left_with(step(waiting, Signalled{SIGTERM}, owning())), 4);
  EXPECT_EQ(left_with(step(in(Phase::yielded), Signalled{SIGTERM}, owning())), 0);
}

TEST(Lifecycle, LeavesWhenTheCommandCannotBeExecuted) {
  EXPECT_EQ(left_with(step(in(Phase::starting), SpawnFailed{127, now}, restarting(manifests::RestartPolicy::always))),
            127);
  EXPECT_EQ(step(in(Phase::starting), SpawnFailed{71, now}, restarting(manifests::RestartPolicy::always)).life.phase,
            Phase::backing_off);
}

namespace {

/// Walks every sequence of events from a state, up to a depth, as a kernel that keeps its word would send them.
struct Explorer {
  Rules rules;
  std::size_t steps = 0;

  std::vector<Event> possible(const Life& life) const {
    std::vector<Event> events{Signalled{SIGTERM}, Signalled{SIGHUP}, TakeAsked{}, DrainAsked{}, SuccessorLost{},
                              SuccessorReady{}};
    for (const auto timer : {Timer::grace, Timer::ready, Timer::backoff, Timer::succession})
      events.emplace_back(TimerFired{timer, now});
    if (life.web > 0) {
      events.emplace_back(WebExited{exited_with(1), true, now});
      events.emplace_back(WebExited{exited_with(0), false, now});
      events.emplace_back(WebStopped{});
      events.emplace_back(BecameReady{});
    } else {
      events.emplace_back(TreeEmptied{now});
    }
    return events;
  }

  void explore(const Life& life, int depth) {
    if (depth == 0 || life.phase == Phase::gone || ::testing::Test::HasFatalFailure()) return;
    for (const auto& event : possible(life)) {
      ++steps;
      auto next = step(life, event, rules);
      const auto spawns = all<Spawn>(next.orders).size();
      ASSERT_LE(spawns, 1u);
      ASSERT_FALSE(spawns == 1 && life.web > 0 && next.life.web > 0) << "a second web process";
      ASSERT_LE(all<Leave>(next.orders).size(), 1u);
      ASSERT_EQ(has<Leave>(next.orders), next.life.phase == Phase::gone);
      ASSERT_LT(next.orders.size(), 8u) << "orders may have been dropped";
      for (const auto& said : all<Tell>(next.orders))
        ASSERT_TRUE(said.word != Word::stopped || next.life.web < 0) << "handed over with a living web process";
      if (spawns == 1) next.life = step(next.life, WebStarted{web}, rules).life;
      explore(next.life, depth - 1);
    }
  }
};

}  // namespace

TEST(Lifecycle, KeepsItsPromisesInEverySequenceOfEvents) {
  for (const auto policy : {manifests::RestartPolicy::never, manifests::RestartPolicy::always}) {
    Explorer explorer{restarting(policy)};
    explorer.explore(in(Phase::starting), 6);
    EXPECT_GT(explorer.steps, 100000u);
  }
}
