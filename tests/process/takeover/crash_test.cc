#include <gtest/gtest.h>
#include <sys/socket.h>

#include <csignal>
#include <filesystem>
#include <functional>
#include <iostream>
#include <limits>

#include "tests/support/observer.h"
#include "tests/support/requirement.h"
#include "tests/support/sockets.h"
#include "tests/support/tracer.h"
#include "tests/support/volume.h"

// The launcher is killed as it enters its n-th system call, for n over its whole life from the first to the last. The
// next start serves all the same, and nobody else's files are touched.

namespace support {
namespace {

/// A volume as a hard life leaves it: a stale socket, a stale pid file, and what is not ours.
struct Scene {
  Volume volume;
  std::string socket = volume / "web.sock";
  std::string manifest = volume.manifest(
      "version: 1\nowner: shop\nsockets: [{path: VOLUME/web.sock}]\npid_files: [VOLUME/web.pid]\n"
      "stop: {grace: 500ms}\ntakeover: {patience: 5s}\n");
  ownership::Fd neighbour = bound_socket(volume / "neighbour.sock", SOCK_STREAM, 1);

  Scene() {
    leave_stale_socket(socket);
    write_file(volume / "web.pid", "1\n");
    write_file(volume / "precious", "data");
    leave_stale_socket(volume / "other.sock");
  }

  Settings launcher(const std::string& id) const { return container(id, manifest, witness_server(id, socket)); }
  Settings traced(const std::string& id) const {
    auto settings = launcher(id);
    settings.is_traced = true;
    return settings;
  }
};

/// A whole life: starts, serves, is stopped; killed as it enters its `step`-th system call. Returns how many it
/// entered.
int live(const Scene& scene, int step) {
  Child launcher(scene.traced("crashed"));
  bool was_stopped = false;
  return crash_after_syscalls(launcher, step, [&] {
    if (was_stopped || ask(scene.socket) != "crashed") return;
    launcher.signal(SIGTERM);
    was_stopped = true;
  });
}

/// A whole handover, from the newcomer's side; it is stopped when it serves.
int succeed(const Scene& scene, int step) {
  Child first(scene.launcher("first"));
  EXPECT_TRUE(serves(scene.socket, "first")) << first.log();
  const int entered = live(scene, step);
  // Whatever happened, somebody serves or nobody holds the place: never a dead end.
  if (first.runs()) {
    EXPECT_TRUE(wait_until([&] { return ask(scene.socket) == "first" || !first.runs(); })) << step << first.log();
  }
  return entered;
}

void expect_order(const Scene& scene, int step) {
  Child next(scene.launcher("next"));
  EXPECT_TRUE(serves(scene.socket, "next")) << step << ": " << next.log();
  EXPECT_EQ(witnesses_alive(scene.socket).size(), 1U) << step;
  EXPECT_EQ(scene.volume.leftovers(), std::vector<std::string>()) << step;
  EXPECT_EQ(read_file(scene.volume / "precious"), "data") << step;
  EXPECT_TRUE(std::filesystem::is_socket(scene.volume / "other.sock")) << step;
  EXPECT_TRUE(connect_to(scene.volume / "neighbour.sock", SOCK_STREAM)) << step;
  next.signal(SIGTERM);
  EXPECT_EQ(next.ending(), exited(0)) << step << ": " << next.log();
  EXPECT_FALSE(std::filesystem::exists(std::filesystem::symlink_status(scene.socket))) << step;
}

/// Crashes at every 16th step, then at those between, as long as there is time.
void crash_at_each_step(const std::function<int(const Scene&, int)>& life, std::chrono::seconds enough) {
  const int steps = life(Scene(), std::numeric_limits<int>::max());
  ASSERT_GT(steps, 50);
  const auto end = Clock::now() + enough;
  int done = 0;
  for (int stride = 16; stride >= 1; stride /= 2)
    for (int step = stride; step <= steps && Clock::now() < end && !testing::Test::HasFailure(); step += stride) {
      if (stride < 16 && step % (stride * 2) == 0) continue;
      const Scene scene;
      life(scene, step);
      expect_order(scene, step);
      ++done;
    }
  std::cout << "crashed at " << done << " of " << steps << " system calls\n";
  EXPECT_GE(done, steps / 16);
}

class Crash : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto lack = lack_of_namespaces(); !lack.empty()) return skip(lack);
    if (const auto lack = lack_of_tracing(); !lack.empty()) return skip(lack);
  }
};

TEST_F(Crash, AtAnyStepOfALifeLeavesTheNextStartItsPlace) { crash_at_each_step(live, 50s); }

TEST_F(Crash, AtAnyStepOfAHandoverLeavesTheNextStartItsPlace) { crash_at_each_step(succeed, 50s); }

}  // namespace
}  // namespace support
