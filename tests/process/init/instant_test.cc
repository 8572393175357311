#include <sys/syscall.h>

#include <csignal>
#include <filesystem>
#include <iostream>

#include "tests/process/init/under_init.h"
#include "tests/support/tracer.h"

// A signal that comes while the launcher starts. Traced processes are sent what PID 1 would never see: here that is no
// help, because a signal that is not blocked yet and delivered to a PID 1 without a handler is discarded all the same.

namespace support {
namespace {

std::string lack() {
  const auto namespaces = lack_of_namespaces();
  return namespaces.empty() ? lack_of_tracing() : namespaces;
}

Settings traced_pid_one(const std::vector<std::string>& command) {
  auto settings = under_init(command, As::pid_one);
  settings.is_traced = true;
  return settings;
}

TEST(Instant, FindsEverySignalBlockedAfterTheFirstSystemCall) {
  if (!lack().empty()) return skip(lack());
  Child launcher(traced_pid_one({program("witness"), "--exit", "0"}));
  Tracer trace(launcher);
  EXPECT_EQ(trace.run_to_call(), SYS_rt_sigprocmask);
  ASSERT_TRUE(trace.finish_call());
  EXPECT_TRUE(blocks_all_signals(trace.pid()));
}

TEST(Instant, IsUnguardedForFewInstructionsOnly) {
  if (!lack().empty()) return skip(lack());
  Child launcher(traced_pid_one({program("witness"), "--exit", "0"}));
  Tracer trace(launcher);
  int steps = 0;
  while (steps < 1000 && !blocks_all_signals(trace.pid()) && trace.step()) ++steps;
  RecordProperty("instructions_before_the_guard", steps);
  std::cout << "instructions until every signal is blocked: " << steps << '\n';
  EXPECT_LE(steps, 16);
}

/// Their window, for comparison: in system calls, of which solinit has none.
TEST(Instant, IsUnguardedLongerInThePeers) {
  if (!lack().empty()) return skip(lack());
  for (const std::string peer : {"/usr/bin/tini", "/usr/bin/tini-static", "/usr/bin/dumb-init", "/usr/bin/catatonit"}) {
    if (!std::filesystem::exists(peer)) continue;
    auto settings = traced_pid_one({program("witness"), "--exit", "0"});
    settings.command.front() = peer;
    Child init(settings);
    Tracer trace(init);
    int calls = 0;
    while (trace.run_to_call().value_or(SYS_rt_sigprocmask) != SYS_rt_sigprocmask) ++calls;
    std::cout << peer << ": system calls before it blocks signals: " << calls << '\n';
    EXPECT_GT(calls, 0) << peer;
  }
}

/// At each system call from the first to the last before the web process runs, in turn.
TEST(Instant, LosesNoneOf300SignalsOnceItsFirstInstructionsRan) {
  if (!lack().empty()) return skip(lack());
  int calls = 0, furthest = 0;
  for (int run = 0; run < 300; ++run) {
    Child launcher(traced_pid_one({program("witness"), "--exit-on", "15=42"}));
    Tracer trace(launcher);
    ASSERT_EQ(trace.run_to_call(), SYS_rt_sigprocmask);
    ASSERT_TRUE(trace.finish_call());
    for (int i = 0; i < calls; ++i) ASSERT_TRUE(trace.run_to_call()) << "run " << run << ", call " << i;
    const bool has_forked = !children_of(launcher.pid()).empty();
    launcher.signal(SIGTERM);
    trace.release();
    const auto ending = launcher.ending();
    // It came before the witness could catch it, or after: both are a stop.
    EXPECT_TRUE(ending == exited(42) || ending == exited(128 + SIGTERM))
        << "run " << run << ", after " << calls << " system calls: " << ending << launcher.log();
    furthest = std::max(furthest, calls);
    calls = has_forked ? 0 : calls + 1;
  }
  std::cout << "signals were sent at each of the first " << furthest << " system calls\n";
}

/// Sends TERM `delay` after execve(2) has replaced the program; nobody holds the init. Returns whether it was lost.
bool loses_signal_sent(const std::string& init, std::chrono::microseconds delay) {
  auto settings = under_init({program("witness"), "--exit-on", "15=42", "--exit-on", "64=43"}, As::pid_one);
  settings.command.front() = init;
  Child launcher(settings);
  const auto link = "/proc/" + std::to_string(launcher.pid()) + "/exe";
  const auto executes = [&] {
    std::error_code error;
    return std::filesystem::read_symlink(link, error) == std::filesystem::canonical(init);
  };
  const auto end = Clock::now() + 5s;
  while (!executes() && Clock::now() < end) {
  }
  for (const auto start = Clock::now(); Clock::now() - start < delay;) {
  }
  launcher.signal(SIGTERM);
  // The highest number is read last: when it arrives alone, the first was lost.
  EXPECT_TRUE(wait_until([&] { return !launcher.runs() || launcher.witness(0ms) != 0; })) << launcher.log();
  if (launcher.runs()) launcher.signal(64);
  const auto ending = launcher.ending();
  EXPECT_TRUE(ending == exited(42) || ending == exited(43) || ending == exited(128 + SIGTERM))
      << ending << launcher.log();
  return ending == exited(43);
}

/// As an engine does it. What comes before the first instruction, the kernel discards; that window is measured, beside
/// the peers'. Whatever was lost, the next signal is not.
TEST(Instant, IsSurvivedByTheNextSignal) {
  if (!lack().empty()) return skip(lack());
  for (const std::string& init : {solinit(), std::string("/usr/bin/tini"), std::string("/usr/bin/tini-static"),
                                  std::string("/usr/bin/dumb-init"), std::string("/usr/bin/catatonit")}) {
    if (!std::filesystem::exists(init)) continue;
    int lost = 0;
    std::chrono::microseconds last{0};
    for (std::chrono::microseconds delay{0}; delay < 1200us; delay += 4us)
      if (loses_signal_sent(init, delay)) ++lost, last = delay;
    std::cout << init << ": lost " << lost << " of 300 signals sent within 1.2 ms after exec, the last at "
              << last.count() << " us\n";
  }
}

/// The launcher's child is held before its first instruction, then at each system call up to execve(2).
TEST(Instant, LosesNoSignalBetweenForkAndExec) {
  if (const auto lacking = lack_of_tracing(); !lacking.empty()) return skip(lacking);
  bool has_executed = false;
  int points = 0;
  for (; !has_executed && points < 200; ++points) {
    auto settings = under_init({program("witness"), "--exit-on", "15=42"});
    settings.is_traced = true;
    Child launcher(settings);
    Tracer trace(launcher);
    auto child = trace.run_to_fork();
    ASSERT_TRUE(child) << launcher.log();
    for (int i = 0; i < points && !has_executed; ++i) {
      const auto call = child->run_to_call();
      ASSERT_TRUE(call);
      has_executed = *call == SYS_execve;
    }
    trace.release();
    launcher.signal(SIGTERM);
    child->release();
    const auto ending = launcher.ending();
    EXPECT_TRUE(ending == exited(42) || ending == exited(128 + SIGTERM)) << "point " << points << ": " << ending;
  }
  std::cout << "points between fork and exec: " << points << '\n';
  EXPECT_TRUE(has_executed);
  EXPECT_GT(points, 1);
}

}  // namespace
}  // namespace support
