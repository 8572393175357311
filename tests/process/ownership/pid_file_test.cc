#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ownership/claim.h"
#include "ownership/pid_namespace.h"
#include "tests/process/ownership/subprocess.h"
#include "tests/support/child.h"
#include "tests/support/requirement.h"
#include "tests/support/temp_dir.h"

namespace {

using namespace ownership;
using subprocess::claim_of_pid_file;
using subprocess::exists;
using subprocess::settled;

class PidFile : public testing::Test {
 protected:
  void write(const std::string& text) const { support::write_file(path_, text); }
  void is_removed(const char* what) const {
    EXPECT_EQ(settled(claim_), 0) << what;
    EXPECT_FALSE(exists(path_)) << what;
    EXPECT_TRUE(subprocess::quarantined(room_.path()).empty()) << what;
  }
  void is_left_alone(int code, const char* what) const {
    const auto inode = subprocess::inode_of(path_);
    EXPECT_EQ(settled(claim_), code) << what;
    EXPECT_EQ(subprocess::inode_of(path_), inode) << what;
    EXPECT_TRUE(subprocess::quarantined(room_.path()).empty()) << what;
  }
  /// As if it had been written at this second.
  void date(time_t second) const {
    const timespec times[2] = {{second, 0}, {second, 0}};
    ASSERT_EQ(utimensat(AT_FDCWD, path_.c_str(), times, 0), 0);
  }

  support::TempDir room_;
  const std::string path_ = room_ / "web.pid";
  const Claim claim_ = claim_of_pid_file(path_);
};

TEST_F(PidFile, IsRemovedWhenItsProcessIsGone) {
  pid_t gone = 0;
  {
    const subprocess::Background child([] {});
    gone = child.pid();
  }
  write(std::to_string(gone) + "\n");
  testing::internal::CaptureStderr();
  is_removed("a dead process");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "solinit: notice: removed the stale pid file " + path_ + ": pid " +
                                                        std::to_string(gone) + " is not a web process\n");
}

TEST_F(PidFile, IsRemovedWhenItsProcessIsAZombie) {
  const pid_t zombie = fork();
  if (zombie == 0) _exit(0);
  siginfo_t ended;
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(zombie), &ended, WEXITED | WNOWAIT), 0);
  write(std::to_string(zombie));
  is_removed("a zombie");
  waitid(P_PID, static_cast<id_t>(zombie), &ended, WEXITED);
}

TEST_F(PidFile, IsRemovedWhenItIsEmptyOrOurs) {
  write("");
  is_removed("empty");
  write(std::to_string(getpid()));
  is_removed("ourselves");
  write(std::to_string(getppid()));
  is_removed("our parent");
  write("0\n");
  is_removed("nobody's number");
}

TEST_F(PidFile, IsLeftToALiveProcessThatIsNamed) {
  const subprocess::Background other([] {});
  write(std::to_string(other.pid()) + "\n");
  is_left_alone(75, "a live process");
  const auto error = subprocess::settle(claim_, std::chrono::seconds(1)).error();
  EXPECT_EQ(error.why, "its pid " + std::to_string(other.pid()) +
                           " (ownership_proce) is alive, and started before the file was written");
}

TEST_F(PidFile, IsRemovedWhenItsNumberWasGivenToALaterProcess) {
  const subprocess::Background other([] {});
  write(std::to_string(other.pid()) + "\n");
  date(time(nullptr) - 100);
  is_removed("written before its process started");
}

TEST_F(PidFile, IsLeftWhenItIsNone) {
  write("#!/bin/sh\n");
  is_left_alone(78, "a script");
  write(std::string(10'000, '7'));
  is_left_alone(78, "a long file");
  unlink(path_.c_str());
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  is_left_alone(78, "a FIFO");
  unlink(path_.c_str());
  ASSERT_EQ(mkdir(path_.c_str(), 0700), 0);
  is_left_alone(78, "a directory");
  rmdir(path_.c_str());
  support::write_file(room_ / "target", "999999999");
  ASSERT_EQ(symlink("target", path_.c_str()), 0);
  is_left_alone(78, "a link");
  EXPECT_TRUE(exists(room_ / "target"));
}

TEST_F(PidFile, IsNotJudgedWhereItMayNotBeRead) {
  if (const auto lack = support::lack_of_root(); !lack.empty()) return support::skip(lack);
  write("999999999");
  ASSERT_EQ(chmod(path_.c_str(), 0600), 0);
  ASSERT_EQ(chmod(room_.path().c_str(), 0777), 0);
  EXPECT_EQ(subprocess::run([this] { return settled(claim_); }, 1000), 77);
  EXPECT_TRUE(exists(path_));
}

TEST_F(PidFile, IsAlwaysStaleForTheFirstProcessOfAContainer) {
  if (const auto lack = support::lack_of_namespaces(); !lack.empty()) return support::skip(lack);
  write("7\n");
  const auto as_pid_one = [this] {
    if (unshare(CLONE_NEWPID) != 0) return 98;
    return subprocess::run([this] { return is_private_pid_one() ? settled(claim_) : 97; });
  };
  EXPECT_EQ(subprocess::run(as_pid_one), 0);
  EXPECT_FALSE(exists(path_));
  EXPECT_FALSE(is_private_pid_one());
}

TEST_F(PidFile, IsSweptOrPutBackAfterACrash) {
  write("999999999");
  ASSERT_EQ(rename(path_.c_str(), (room_ / ".solinit/quarantine.web.pid.0000000000000007").c_str()), 0);
  is_removed("a stale leftover");
  const subprocess::Background other([] {});
  write(std::to_string(other.pid()));
  ASSERT_EQ(rename(path_.c_str(), (room_ / ".solinit/quarantine.web.pid.0000000000000007").c_str()), 0);
  EXPECT_EQ(settled(claim_), 75);
  EXPECT_TRUE(exists(path_));
}

}  // namespace
