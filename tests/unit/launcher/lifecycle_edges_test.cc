// The edges of the table: what comes twice, too late, or when nobody waits for it.
#include <gtest/gtest.h>

#include <csignal>
#include <set>
#include <string>

#include "launcher/lifecycle.h"

using namespace launcher;
using namespace std::chrono_literals;
using Phase = Life::Phase;
using Next = Life::Next;
using Succession = Life::Succession;

namespace {

constexpr auto now = 1000000ms;
constexpr Phase every_phase[] = {Phase::starting, Phase::serving,     Phase::draining, Phase::stopping, Phase::sweeping,
                                 Phase::purging,  Phase::backing_off, Phase::yielded,  Phase::parting,  Phase::gone};

Rules owning() {
  Rules rules;
  rules.has_manifest = true;
  return rules;
}

Life in(Phase phase, Next next = Next::undecided) {
  Life life;
  life.phase = phase;
  life.next = next;
  const bool has_web = phase == Phase::starting || phase == Phase::serving || phase == Phase::draining ||
                       phase == Phase::stopping;
  life.web = has_web ? 7 : -1;
  return life;
}

template <typename Wanted>
const Wanted* first(const Step& step) {
  for (const auto& order : step.orders)
    if (const auto* wanted = std::get_if<Wanted>(&order)) return wanted;
  return nullptr;
}

bool arms(const Step& step, Timer timer) {
  for (const auto& order : step.orders)
    if (const auto* armed = std::get_if<Arm>(&order); armed != nullptr && armed->timer == timer) return true;
  return false;
}

}  // namespace

TEST(Renewal, DrainsOrStopsTheWebProcessAndServesAgain) {
  for (const Phase phase : {Phase::starting, Phase::serving}) {
    EXPECT_TRUE(can_be_renewed(in(phase)));
    const auto drained = step(in(phase), RestartAsked{true}, owning());
    EXPECT_EQ(drained.life.phase, Phase::draining);
    EXPECT_EQ(drained.life.next, Next::serve_again);
    const auto stopped = step(in(phase), RestartAsked{false}, owning());
    EXPECT_EQ(stopped.life.phase, Phase::stopping);
    EXPECT_EQ(stopped.life.next, Next::serve_again);
  }
}

TEST(Renewal, IsNotWhereAnotherChangeIsUnderWay) {
  const auto expect_none = [](const Life& life) {
    EXPECT_FALSE(can_be_renewed(life)) << name_of(life.phase);
    const auto next = step(life, RestartAsked{true}, owning());
    EXPECT_EQ(next.life.phase, life.phase);
    EXPECT_EQ(next.orders.size(), 0U);
  };
  for (const Phase phase : every_phase)
    if (phase != Phase::starting && phase != Phase::serving) expect_none(in(phase));
  auto life = in(Phase::serving);
  life.is_unproven = true;
  expect_none(life);
  life = in(Phase::serving);
  life.succession = Succession::granted;
  expect_none(life);
}

TEST(LostSuccessor, LeavesADrainingWebProcessWhereItWas) {
  for (const bool was_ready : {false, true}) {
    auto life = in(Phase::draining, Next::yield);
    life.succession = Succession::committed;
    life.is_ready = was_ready;
    const auto next = step(life, SuccessorLost{false}, owning());
    EXPECT_EQ(next.life.phase, was_ready ? Phase::serving : Phase::starting);
    EXPECT_EQ(next.life.next, Next::undecided);
    EXPECT_NE(first<TakeUp>(next), nullptr);
    EXPECT_EQ(arms(next, Timer::ready), !was_ready);
  }
}

TEST(BackOff, EndsByWhatEndsAWait) {
  for (const int number : {SIGINT, SIGQUIT, SIGTERM})
    EXPECT_EQ(step(in(Phase::backing_off, Next::restart), Signalled{number}, owning()).life.phase, Phase::gone) << number;
}

TEST(LostPredecessor, LeavesItsSuccessorToBeSucceeded) {
  auto life = in(Phase::serving);
  life.is_unproven = true;
  EXPECT_FALSE(can_be_renewed(life));
  const auto next = step(life, PredecessorLost{}, owning());
  EXPECT_TRUE(can_be_renewed(next.life));
  EXPECT_EQ(next.orders.size(), 0U);
}

TEST(Successor, ChangesNothingOfALauncherThatIsGone) {
  auto life = in(Phase::gone, Next::leave);
  life.succession = Succession::granted;
  const auto next = step(life, DrainAsked{true}, owning());
  EXPECT_EQ(next.life.phase, Phase::gone);
  EXPECT_EQ(next.life.next, Next::leave);
  EXPECT_EQ(next.orders.size(), 0U);
}

TEST(Successor, DoesNotUndoAStop) {
  for (const Phase phase : {Phase::stopping, Phase::sweeping, Phase::purging}) {
    auto life = in(phase, Next::leave);
    life.succession = Succession::granted;
    EXPECT_EQ(step(life, DrainAsked{true}, owning()).life.next, Next::leave);
    life.next = Next::restart;
    EXPECT_EQ(step(life, DrainAsked{true}, owning()).life.next, Next::yield) << "better a successor than a restart";
  }
}

TEST(LateEvent, ChangesNothing) {
  const auto expect_nothing = [](const Life& life, const Event& event) {
    const auto next = step(life, event, owning());
    EXPECT_EQ(next.life.phase, life.phase) << name_of(life.phase);
    EXPECT_EQ(next.orders.size(), 0U) << name_of(life.phase);
  };
  expect_nothing(in(Phase::serving), ByeHeard{});
  expect_nothing(in(Phase::serving), QueuesEmptied{});
  expect_nothing(in(Phase::draining, Next::yield), QueuesEmptied{});
  expect_nothing(in(Phase::stopping, Next::leave), BecameReady{});
  expect_nothing(in(Phase::sweeping, Next::leave), WebExited{0, true, now});
  expect_nothing(in(Phase::backing_off, Next::restart), Signalled{SIGUSR1});
  expect_nothing(in(Phase::gone), Signalled{SIGTERM});
  expect_nothing(in(Phase::serving), TreeEmptied{now});
  auto dying = in(Phase::purging, Next::leave);
  dying.web = 7;
  expect_nothing(dying, TreeEmptied{now});
}

TEST(Readiness, IsAnnouncedWhileItDrainsToo) {
  const auto next = step(in(Phase::draining, Next::serve_again), BecameReady{}, owning());
  EXPECT_EQ(next.life.phase, Phase::draining);
  EXPECT_TRUE(next.life.is_ready);
  EXPECT_NE(first<Announce>(next), nullptr);
  EXPECT_EQ(step(next.life, BecameReady{}, owning()).orders.size(), 0U) << "and once";
}

TEST(Readiness, IsWaitedForWithAManifestAlone) {
  EXPECT_TRUE(arms(step(in(Phase::starting), WebStarted{7}, owning()), Timer::ready));
  EXPECT_EQ(step(in(Phase::starting), WebStarted{7}, Rules{}).orders.size(), 0U);
}

TEST(FailedSpawn, OfAPassingKindLeavesWhereNothingRestarts) {
  const auto next = step(in(Phase::starting), SpawnFailed{71, now}, owning());
  ASSERT_NE(first<Leave>(next), nullptr);
  EXPECT_EQ(first<Leave>(next)->exit_code, 71);
}

TEST(Restart, IsNoneWhereTheLimitIsNone) {
  auto rules = owning();
  rules.restart.policy = manifests::RestartPolicy::always;
  rules.restart.limit = 0;
  const auto next = step(in(Phase::sweeping, Next::restart), TreeEmptied{now}, rules);
  EXPECT_NE(first<Leave>(next), nullptr);
}

TEST(Purge, ThatDoesNotEvenEndTheWebProcessLeavesWith71) {
  auto life = in(Phase::purging, Next::leave);
  life.web = 7;
  life.purged = purge_limit;
  const auto next = step(life, TimerFired{Timer::grace, now}, owning());
  ASSERT_NE(first<Leave>(next), nullptr);
  EXPECT_EQ(first<Leave>(next)->exit_code, 71);
}

TEST(Phases, HaveWordsOfTheirOwn) {
  std::set<std::string> words;
  for (const Phase phase : every_phase) words.insert(name_of(phase));
  EXPECT_EQ(words.size(), std::size(every_phase) - 1) << "yielded and parting are one to a peer";
  EXPECT_FALSE(words.contains("unknown"));
}
