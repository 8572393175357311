#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <functional>
#include <new>

#include "ownership/claim.h"
#include "ownership/log.h"
#include "tests/process/ownership/subprocess.h"
#include "tests/support/sockets.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait.h"

namespace {

using namespace ownership;
using namespace std::chrono_literals;
using subprocess::claim_of;

const SettleRules leave_strangers{false, 1s};

/// What many clean-up scripts do: looks, knocks, and removes by name.
void clear_naively(const std::string& path) {
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) return;
  if (!support::connect_to(path, SOCK_STREAM) && errno == ECONNREFUSED) unlink(path.c_str());
}

/// Silences the notices of thousands of removals.
class Quiet {
 public:
  Quiet() { log::set_up("solinit", log::Level::error, log::Format::text); }
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;
  ~Quiet() { log::set_up("solinit", log::Level::notice, log::Format::text); }
};

/// An attacker exchanges a live socket and a stale one as fast as it can, while somebody clears one of their names.
class Swap : public testing::Test {
 protected:
  void race(std::chrono::milliseconds length, const std::function<void()>& clear) {
    serve();
    const subprocess::Background attacker([this] {
      while (true) renameat2(AT_FDCWD, live_.c_str(), AT_FDCWD, path_.c_str(), RENAME_EXCHANGE);
    });
    for (const auto end = support::Clock::now() + length; support::Clock::now() < end && live_removed_ == 0;) {
      clear();
      struct stat status {};
      if (fstat(pin_.get(), &status) != 0 || status.st_nlink == 0) ++live_removed_;
      replace_what_is_missing();
    }
  }

  support::TempDir room_;
  const std::string path_ = room_ / "web.sock", live_ = room_ / "live.sock";
  int live_removed_ = 0, stale_removed_ = 0;

 private:
  void serve() {
    server_ = support::bound_socket(live_, SOCK_STREAM, 1);
    pin_.reset(open(live_.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    support::leave_stale_socket(path_);
  }
  void replace_what_is_missing() {
    for (const auto& name : {path_, live_}) {
      if (subprocess::exists(name)) continue;
      support::leave_stale_socket(room_ / "fresh");
      if (renameat2(AT_FDCWD, (room_ / "fresh").c_str(), AT_FDCWD, name.c_str(), RENAME_NOREPLACE) == 0)
        ++stale_removed_;
      else
        unlink((room_ / "fresh").c_str());
    }
  }
  Fd server_, pin_;
};

TEST_F(Swap, RemovesNothingLive) {
  const Quiet quiet;
  const auto claim = claim_of({path_});
  race(3s, [&] { subprocess::settled(claim, 2ms, leave_strangers); });
  EXPECT_EQ(live_removed_, 0);
  EXPECT_GT(stale_removed_, 10);
  EXPECT_TRUE(subprocess::quarantined(room_.path()).empty());
}

TEST_F(Swap, RemovesTheLivingWhenItIsDoneNaively) {
  race(20s, [this] { clear_naively(path_); });
  EXPECT_GT(live_removed_, 0);
}

/// A server that crashes and starts again without end, and never finds out what removed its socket: it binds, listens,
/// is reached, and leaves its socket behind.
class Restart : public testing::Test {
 protected:
  struct Counts {
    std::atomic<long> starts{0}, losses{0};
  };
  ~Restart() override { munmap(memory_, sizeof(Counts)); }

  void serve_once() {
    const Fd server(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!binds(server.get())) return;
    if (listen(server.get(), 4) != 0) return;
    ++counts_.starts;
    // For an instant it may be in the quarantine, and it comes back.
    if (!support::wait_until([&] { return bool(support::connect_to(path_, SOCK_STREAM)); }, 200ms)) ++counts_.losses;
  }
  bool binds(int server) const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::snprintf(address.sun_path, sizeof address.sun_path, "%s", path_.c_str());
    return bind(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  void race(std::chrono::milliseconds length, const std::function<void()>& clear) {
    const subprocess::Background server([this] {
      while (true) serve_once();
    });
    for (const auto end = support::Clock::now() + length; support::Clock::now() < end && counts_.losses == 0;) clear();
  }

  support::TempDir room_;
  const std::string path_ = room_ / "web.sock";
  void* const memory_ = mmap(nullptr, sizeof(Counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  Counts& counts_ = *new (memory_) Counts;
};

TEST_F(Restart, IsNeverTakenForTheSocketItLeftBehind) {
  const Quiet quiet;
  const auto claim = claim_of({path_});
  race(3s, [&] { subprocess::settled(claim, 2ms, leave_strangers); });
  EXPECT_EQ(counts_.losses, 0);
  EXPECT_GT(counts_.starts, 20);
}

TEST_F(Restart, LosesItsSocketWhenItIsDoneNaively) {
  race(20s, [this] { clear_naively(path_); });
  EXPECT_GT(counts_.losses, 0);
}

}  // namespace
