#include "ownership/holders.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include "tests/process/ownership/subprocess.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait.h"

namespace {

using namespace ownership;
using subprocess::Background;
using support::wait_until;

/// A lease file that one process has locked while another has it open.
class LeaseHolders : public testing::Test {
 protected:
  /// Opened last: no child of ours has a copy.
  LeaseHolders() : lease_(open(path_.c_str(), O_RDONLY | O_CLOEXEC)) {}
  static std::string made(const std::string& path) {
    support::write_file(path, "");
    return path;
  }
  std::vector<pid_t> pids(Holders (*find)(int, Reach)) const {
    std::vector<pid_t> found;
    for (const auto& holder : find(lease_.get(), Reach::own_namespaces).list) found.push_back(holder.pid);
    return found;
  }

  support::TempDir room_;
  const std::string path_ = made(room_ / "web.sock.lease");
  Background reader_{[this] {
    const Fd file(open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    pause();
  }};
  Background holder_{[this] {
    const Fd file(open(path_.c_str(), O_RDWR | O_CLOEXEC));
    if (flock(file.get(), LOCK_EX) == 0) pause();
  }};
  Fd lease_;
};

TEST_F(LeaseHolders, AreNotThoseWhoOnlyReadTheFile) {
  ASSERT_TRUE(wait_until([&] { return pids(find_lease_waiters) == std::vector{reader_.pid()}; }));
  EXPECT_TRUE(wait_until([&] { return pids(find_lease_holders) == std::vector{holder_.pid()}; }));
  EXPECT_EQ(pids(find_lease_waiters), std::vector{reader_.pid()});
}

TEST_F(LeaseHolders, IncludeWhoInheritedTheLock) {
  const Background heir([this] {
    const Fd file(open(path_.c_str(), O_RDWR | O_CLOEXEC));
    while (flock(file.get(), LOCK_EX | LOCK_NB) != 0) usleep(1000);
    if (fork() == 0) flock(file.get(), LOCK_EX);
    pause();
  });
  ASSERT_TRUE(wait_until([&] { return !pids(find_lease_holders).empty(); }));
  holder_.kill();
  EXPECT_TRUE(wait_until([&] { return pids(find_lease_holders).size() == 2; }));
  kill(pids(find_lease_holders).back(), SIGKILL);
}

}  // namespace
