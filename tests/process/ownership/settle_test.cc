#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ownership/claim.h"
#include "tests/process/ownership/subprocess.h"
#include "tests/support/requirement.h"
#include "tests/support/sockets.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait.h"

namespace {

using namespace ownership;
using namespace std::chrono_literals;
using subprocess::claim_of;
using subprocess::exists;
using subprocess::inode_of;
using subprocess::quarantined;
using subprocess::settled;
using support::bound_socket;

class Settle : public testing::Test {
 protected:
  void is_left_alone(int code, const char* what) const {
    const auto before = inode_of(path_);
    EXPECT_EQ(settled(claim_), code) << what;
    EXPECT_EQ(inode_of(path_), before) << what;
    EXPECT_TRUE(quarantined(room_.path()).empty()) << what;
  }

  support::TempDir room_;
  const std::string path_ = room_ / "web.sock";
  const Claim claim_ = claim_of({path_});
};

TEST_F(Settle, HasNothingToDoWhereNothingStands) { EXPECT_EQ(settled(claim_), 0); }

TEST_F(Settle, RemovesAStaleSocketAndSaysSo) {
  support::leave_stale_socket(path_);
  testing::internal::CaptureStderr();
  EXPECT_EQ(settled(claim_), 0);
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "solinit: notice: removed the stale socket " + path_ + ": nobody is bound to it\n");
  EXPECT_FALSE(exists(path_));
  EXPECT_TRUE(quarantined(room_.path()).empty());
}

TEST_F(Settle, RemovesItWithoutPatienceToo) {
  support::leave_stale_socket(path_);
  EXPECT_EQ(settled(claim_, -1s), 0);
  EXPECT_FALSE(exists(path_));
}

TEST_F(Settle, RemovesEveryStaleSocketOfAClaim) {
  const auto claim = claim_of({room_ / "a", room_ / "b"});
  support::leave_stale_socket(room_ / "a");
  support::leave_stale_socket(room_ / "b");
  EXPECT_EQ(settled(claim), 0);
  EXPECT_FALSE(exists(room_ / "a"));
  EXPECT_FALSE(exists(room_ / "b"));
}

TEST_F(Settle, LeavesWhatIsNoSocket) {
  support::write_file(path_, "precious");
  is_left_alone(78, "a regular file");
  unlink(path_.c_str());
  ASSERT_EQ(mkdir(path_.c_str(), 0700), 0);
  is_left_alone(78, "a directory");
  rmdir(path_.c_str());
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  is_left_alone(78, "a FIFO");
  unlink(path_.c_str());
  support::leave_stale_socket(room_ / "stale");
  ASSERT_EQ(symlink("stale", path_.c_str()), 0);
  is_left_alone(78, "a link to a stale socket");
  EXPECT_TRUE(exists(room_ / "stale"));
}

TEST_F(Settle, NamesWhatStandsInItsPlace) {
  ASSERT_EQ(mkdir(path_.c_str(), 0700), 0);
  const auto error = subprocess::settle(claim_, 1s).error();
  EXPECT_EQ(error.what + " " + error.object + ": " + error.why, "cannot use " + path_ + ": a directory stands there");
}

TEST_F(Settle, LeavesLiveSocketsOfEveryKindToAStrangerWhoMayStay) {
  const SettleRules refuse{false, 1s};
  struct Kind {
    int type, backlog;
    const char* what;
  };
  for (const auto& [type, backlog, what] : {Kind{SOCK_STREAM, 1, "listening"}, Kind{SOCK_STREAM, -1, "not listening"},
                                            Kind{SOCK_SEQPACKET, 1, "seqpacket"}, Kind{SOCK_DGRAM, -1, "dgram"}}) {
    const auto server = bound_socket(path_, type, backlog);
    const auto before = inode_of(path_);
    const auto result = subprocess::settle(claim_, 10s, refuse);
    ASSERT_FALSE(result) << what;
    EXPECT_EQ(result.error().code, ExitCode::held) << what;
    EXPECT_NE(result.error().why.find("pid=" + std::to_string(getpid())), std::string::npos) << result.error().why;
    EXPECT_EQ(inode_of(path_), before) << what;
    unlink(path_.c_str());
  }
}

TEST_F(Settle, IsNotPermittedInDoubt) {
  if (const auto lack = support::lack_of_root(); !lack.empty()) return support::skip(lack);
  ASSERT_EQ(chmod(room_.path().c_str(), 0777), 0);
  support::leave_stale_socket(path_);
  ASSERT_EQ(chmod(path_.c_str(), 0600), 0);
  EXPECT_EQ(subprocess::run([this] { return settled(claim_); }, 1000), 77);
  EXPECT_TRUE(exists(path_));
}

TEST_F(Settle, SaysWhereItMayNotRemove) {
  if (const auto lack = support::lack_of_root(); !lack.empty()) return support::skip(lack);
  support::leave_stale_socket(path_);
  ASSERT_EQ(chmod(path_.c_str(), 0666), 0);
  EXPECT_EQ(subprocess::run([this] { return settled(claim_); }, 1000), 77);
  EXPECT_TRUE(exists(path_));
  EXPECT_TRUE(quarantined(room_.path()).empty());
}

TEST_F(Settle, LeavesAMountedSocket) {
  if (const auto lack = support::lack_of_namespaces(); !lack.empty()) return support::skip(lack);
  support::leave_stale_socket(path_);
  support::leave_stale_socket(room_ / "other");
  const auto mounted = [this] {
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return 1;
    if (mount((room_ / "other").c_str(), path_.c_str(), nullptr, MS_BIND, nullptr) != 0) return 2;
    return settled(claim_);
  };
  EXPECT_EQ(subprocess::run(mounted), 78);
  EXPECT_TRUE(exists(path_));
}

TEST_F(Settle, IsInterruptedWithoutAWord) {
  const auto never = [](void*) noexcept { return true; };
  const Fd wake(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const auto server = bound_socket(path_, SOCK_STREAM, 1);
  const auto before = inode_of(path_);
  // Of another process, which ignores TERM, so that there is something to wait for.
  subprocess::Background stranger([&] {
    signal(SIGTERM, SIG_IGN);
    unlink(path_.c_str());
    bound_socket(path_, SOCK_STREAM, 2).release();
    pause();
  });
  ASSERT_TRUE(support::wait_until([&] { return inode_of(path_) != before && inode_of(path_) != 0; }));
  const auto result = ownership::settle(claim_, {}, Patience(Clock::now() + 10s, wake.get(), never, nullptr));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ExitCode::success);
  EXPECT_EQ(result.error().what, "");
}

}  // namespace
