#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>

#include "ownership/claim.h"
#include "ownership/quarantine.h"
#include "tests/process/ownership/subprocess.h"
#include "tests/support/sockets.h"
#include "tests/support/temp_dir.h"

namespace {

using namespace ownership;
using subprocess::claim_of;
using subprocess::exists;
using subprocess::quarantined;
using subprocess::settled;
using support::bound_socket;

/// What a launcher that was killed between rename and unlink leaves.
class Sweep : public testing::Test {
 protected:
  std::string leftover(const std::string& name) const { return room_ / ".solinit/" + quarantine_name(name, 7); }
  void quarantine(const std::string& name) const {
    ASSERT_EQ(rename((room_ / name).c_str(), leftover(name).c_str()), 0);
  }

  support::TempDir room_;
  const std::string path_ = room_ / "web.sock";
  const Claim claim_ = claim_of({path_});
};

TEST_F(Sweep, RemovesTheDead) {
  support::leave_stale_socket(path_);
  quarantine("web.sock");
  EXPECT_EQ(settled(claim_), 0);
  EXPECT_TRUE(quarantined(room_.path()).empty());
  EXPECT_FALSE(exists(path_));
}

TEST_F(Sweep, PutsTheLivingBack) {
  const auto server = bound_socket(path_, SOCK_STREAM, 1);
  quarantine("web.sock");
  EXPECT_EQ(settled(claim_, std::chrono::seconds(1), {false, std::chrono::seconds(1)}), 75);
  EXPECT_TRUE(quarantined(room_.path()).empty());
  EXPECT_TRUE(support::connect_to(path_, SOCK_STREAM));
}

TEST_F(Sweep, KeepsTheLivingWhereItsNameIsTaken) {
  const auto server = bound_socket(path_, SOCK_STREAM, 1);
  quarantine("web.sock");
  support::leave_stale_socket(path_);
  testing::internal::CaptureStderr();
  EXPECT_EQ(settled(claim_), 0);
  EXPECT_NE(testing::internal::GetCapturedStderr().find("solinit: warning: cannot put back"), std::string::npos);
  EXPECT_EQ(quarantined(room_.path()).size(), 1u);
  EXPECT_TRUE(support::connect_to(leftover("web.sock"), SOCK_STREAM));
}

TEST_F(Sweep, PutsBackWhatIsNoSocket) {
  support::write_file(path_, "precious");
  quarantine("web.sock");
  EXPECT_EQ(settled(claim_), 78);
  EXPECT_EQ(support::read_file(path_), "precious");
}

TEST_F(Sweep, LeavesWhatIsOfAnotherName) {
  support::leave_stale_socket(room_ / "other.sock");
  quarantine("other.sock");
  EXPECT_EQ(settled(claim_), 0);
  EXPECT_EQ(quarantined(room_.path()).size(), 1u);
}

TEST_F(Sweep, RemovesHundreds) {
  for (unsigned i = 0; i < 300; ++i) {
    support::leave_stale_socket(path_);
    ASSERT_EQ(rename(path_.c_str(), (room_ / ".solinit/" + quarantine_name("web.sock", i)).c_str()), 0);
  }
  testing::internal::CaptureStderr();
  EXPECT_EQ(settled(claim_), 0);
  testing::internal::GetCapturedStderr();
  EXPECT_TRUE(quarantined(room_.path()).empty());
}

class Clear : public Sweep {
 protected:
  static inline std::string name_to_take;
  /// Takes the name while its entry is in the quarantine, and finds it alive.
  static SecondLook take_the_name(int, const char*, int) noexcept {
    support::leave_stale_socket(name_to_take);
    return SecondLook::somebody;
  }
  Result<Clearing> clear(LookAgain look_again) const {
    const auto seen = look(claim_.holdings[0].place.directory.get(), "web.sock");
    return ownership::clear(claim_.holdings[0].place, {claim_.holdings[0].records.get()}, seen.pin.get(), look_again);
  }
};

TEST_F(Clear, KeepsTheLivingAndFailsLoudlyWhenTheNameWasTaken) {
  support::leave_stale_socket(path_);
  const auto inode = subprocess::inode_of(path_);
  name_to_take = path_;
  const auto result = clear(take_the_name);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ExitCode::held);
  const auto kept = quarantined(room_.path());
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(result.error().advice, "what stood there is kept as .solinit/" + kept[0]);
  EXPECT_EQ(subprocess::inode_of(room_ / ".solinit/" + kept[0]), inode);
  EXPECT_NE(subprocess::inode_of(path_), inode);
}

TEST_F(Clear, RestoresWhatCameAliveOrIsAnother) {
  for (const auto found : {SecondLook::somebody, SecondLook::another, SecondLook::unknown}) {
    static SecondLook answer;
    answer = found;
    support::leave_stale_socket(path_);
    const auto inode = subprocess::inode_of(path_);
    const auto result = clear([](int, const char*, int) noexcept { return answer; });
    ASSERT_TRUE(result);
    EXPECT_EQ(*result, Clearing::restored);
    EXPECT_EQ(subprocess::inode_of(path_), inode);
    unlink(path_.c_str());
  }
}

TEST_F(Clear, SaysThatItIsGone) {
  support::leave_stale_socket(path_);
  const auto seen = look(claim_.holdings[0].place.directory.get(), "web.sock");
  unlink(path_.c_str());
  const auto result = ownership::clear(claim_.holdings[0].place, {claim_.holdings[0].records.get()}, seen.pin.get(),
                                       look_again_at_socket);
  ASSERT_TRUE(result);
  EXPECT_EQ(*result, Clearing::gone);
}

TEST_F(Clear, RemovesOnlyTheInodeThatWasSeen) {
  support::leave_stale_socket(path_);
  const auto seen = look(claim_.holdings[0].place.directory.get(), "web.sock");
  unlink(path_.c_str());
  support::leave_stale_socket(path_);
  const auto second = subprocess::inode_of(path_);
  const auto result = ownership::clear(claim_.holdings[0].place, {claim_.holdings[0].records.get()}, seen.pin.get(),
                                       look_again_at_socket);
  ASSERT_TRUE(result);
  EXPECT_EQ(*result, Clearing::restored);
  EXPECT_EQ(subprocess::inode_of(path_), second);
}

/// Makes renameat2(2) fail as on a file system without its flags.
bool forbid_renaming_without_replacing() {
  std::array<sock_filter, 4> program{{BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
                                      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_renameat2, 0, 1),
                                      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
                                      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)}};
  const sock_fprog filter{program.size(), program.data()};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

TEST_F(Clear, RemovesNothingWhereItCannotRenameWithoutReplacing) {
  support::leave_stale_socket(path_);
  const auto refused = [this] {
    if (!forbid_renaming_without_replacing()) return 1;
    const auto result = clear(look_again_at_socket);
    const bool is_clear = !result && result.error().why.starts_with("this file system cannot rename without replacing");
    return is_clear ? static_cast<int>(result.error().code) : 2;
  };
  EXPECT_EQ(subprocess::run(refused), 71);
  EXPECT_TRUE(exists(path_));
}

}  // namespace
