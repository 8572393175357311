#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <iostream>
#include <limits>

#include "tests/support/load.h"
#include "tests/support/observer.h"
#include "tests/support/requirement.h"
#include "tests/support/sockets.h"
#include "tests/support/tracer.h"
#include "tests/support/volume.h"

// One side of a handover is killed as it enters its n-th system call, for many n from its first to its last, or paused.
// Somebody serves in the end, and in strict order there are never two web processes.

namespace support {
namespace {

class HandoverCrash : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (const auto lack = lack_of_namespaces(); !lack.empty()) return skip(lack);
    if (const auto lack = lack_of_tracing(); !lack.empty()) return skip(lack);
  }

  struct Scene {
    Volume volume;
    std::string socket = volume / "web.sock";
    std::string manifest;

    explicit Scene(const std::string& order)
        : manifest(volume.manifest_owning("web.sock", "    activation: inherit\nstop: {grace: 500ms}\ntakeover: {drain: "
                                                      "10ms, patience: 5s, order: " + order + "}\n")) {}
    Settings generation(const std::string& id) const {
      return container(id, manifest, witness_server(id, socket, {"--inherit"}));
    }
  };

  /// A handover whose newcomer is killed at its `step`-th system call; it is stopped when it has taken over.
  static int kill_newcomer(const Scene& scene, int step) {
    Child first(scene.generation("first"));
    EXPECT_TRUE(serves(scene.socket, "first")) << first.log();
    auto settings = scene.generation("second");
    settings.is_traced = true;
    Child second(settings);
    bool was_stopped = false;
    const int entered = crash_after_syscalls(second, step, [&] {
      if (was_stopped || second.log().find("took over from") == std::string::npos) return;
      second.signal(SIGTERM);
      was_stopped = true;
    });
    // The first goes on, or the second has taken over and is dead.
    EXPECT_TRUE(wait_until([&] { return ask(scene.socket) == "first" || !first.runs(); })) << step << first.log();
    return entered;
  }

  static void expect_order(const Scene& scene, int step) {
    Child next(scene.generation("next"));
    EXPECT_TRUE(serves(scene.socket, "next")) << step << ": " << next.log();
    EXPECT_TRUE(wait_until([&] { return witnesses_alive(scene.socket).size() == 1; })) << step;
    next.signal(SIGTERM);
    EXPECT_EQ(next.ending(), exited(0)) << step << ": " << next.log();
    EXPECT_EQ(scene.volume.leftovers(), std::vector<std::string>()) << step;
  }
};

TEST_P(HandoverCrash, OfTheNewcomerAtAnyStepLeavesSomebodyServing) {
  const int steps = kill_newcomer(Scene(GetParam()), std::numeric_limits<int>::max());
  ASSERT_GT(steps, 100);
  int done = 0;
  for (int step = 8; step <= steps && !HasFailure(); step += std::max(8, steps / 12)) {
    const Scene scene(GetParam());
    Observer observer(scene.socket);
    kill_newcomer(scene, step);
    expect_order(scene, step);
    observer.stop();
    if (GetParam() == "strict") {
      EXPECT_EQ(observer.most_at_once(), 1U) << step;
    }
    ++done;
  }
  std::cout << "killed at " << done << " of " << steps << " system calls\n";
}

TEST_P(HandoverCrash, OfThePredecessorAtAnyMomentLeavesTheSuccessorServing) {
  for (int moment = 0; moment < 12 && !HasFailure(); ++moment) {
    const Scene scene(GetParam());
    Observer observer(scene.socket);
    Child first(scene.generation("first"));
    ASSERT_TRUE(serves(scene.socket, "first")) << first.log();
    Child second(scene.generation("second"));
    // From before TAKE until after BYE, in steps of a fifth of a drain.
    const auto kill_at = Clock::now() + moment * 4ms;
    wait_until([&] { return Clock::now() >= kill_at; });
    first.signal(SIGKILL);
    EXPECT_TRUE(serves(scene.socket, "second")) << moment << ": " << second.log();
    observer.stop();
    if (GetParam() == "strict") {
      EXPECT_EQ(observer.most_at_once(), 1U) << moment;
    }
  }
}

TEST_P(HandoverCrash, OfNobodyEvenWhenOneSideIsPaused) {
  for (const bool pauses_newcomer : {false, true}) {
    const Scene scene(GetParam());
    Observer observer(scene.socket);
    Child first(scene.generation("first"));
    ASSERT_TRUE(serves(scene.socket, "first")) << first.log();
    Load load(scene.socket, 4);
    Child second(scene.generation("second"));
    auto& paused = pauses_newcomer ? second : first;
    paused.signal(SIGSTOP);
    const auto end = Clock::now() + 200ms;
    wait_until([&] { return Clock::now() >= end; });
    paused.signal(SIGCONT);
    EXPECT_TRUE(second.logs("took over from")) << second.log() << first.log();
    load.stop();
    observer.stop();
    EXPECT_EQ(load.failed(), 0) << load.first_failure();
    if (GetParam() == "strict") {
      EXPECT_EQ(observer.most_at_once(), 1U);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Order, HandoverCrash, testing::Values("strict", "overlap"),
                         [](const auto& one) { return one.param; });

/// P1, looked at a thousand times a second where the machine has the time.
TEST(StrictOrder, NeverHasTwoWebProcessesOverTwoHundredHandovers) {
  if (const auto lack = lack_of_namespaces(); !lack.empty()) return skip(lack);
  const Volume volume;
  const auto socket = volume / "web.sock";
  const auto manifest = volume.manifest_owning(
      "web.sock", "    activation: inherit\nstop: {grace: 5s}\ntakeover: {drain: 10ms}\n");
  constexpr int handovers = 200;
  const auto generation = [&](int number) {
    const auto id = "generation" + std::to_string(number);
    return container(id, manifest, witness_server(id, socket, {"--inherit"}));
  };
  Observer observer(socket);
  Child last(generation(0));
  ASSERT_TRUE(serves(socket, "generation0")) << last.log();
  for (int number = 1; number <= handovers; ++number) {
    Child next(generation(number));
    ASSERT_TRUE(next.logs("took over from")) << next.log();
    ASSERT_EQ(last.ending(), exited(0)) << last.log();
    last = std::move(next);
  }
  observer.stop();
  std::cout << "measured: " << handovers << " handovers in strict order, " << observer.looks() << " looks, "
            << static_cast<long>(observer.looks_per_second()) << " a second, at most " << observer.most_at_once()
            << " web process at once\n";
  // Few enough for the busiest machine, and enough to show that it looked at each of them.
  EXPECT_GT(observer.looks(), 5 * handovers);
  EXPECT_EQ(observer.most_at_once(), 1U);
}

}  // namespace
}  // namespace support
