#include "ownership/evict.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ownership/claim.h"
#include "ownership/holders.h"
#include "tests/process/ownership/subprocess.h"
#include "tests/support/requirement.h"
#include "tests/support/sockets.h"
#include "tests/support/volume.h"

namespace {

using namespace ownership;
using namespace std::chrono_literals;
using subprocess::claim_of;
using subprocess::exists;
using subprocess::settled;
using support::Child;
using support::Ending;

/// A server that holds the path without a lease, and how it ends.
class Evict : public testing::Test {
 protected:
  Child stranger(std::vector<std::string> options) const {
    support::Settings settings;
    settings.command = support::witness_server("stranger", path_, std::move(options));
    Child child(settings);
    EXPECT_NE(child.witness(), 0) << child.log();
    return child;
  }
  void is_free_after(Child& child, Ending ending, std::chrono::milliseconds grace) const {
    EXPECT_EQ(settled(claim_, 10s, {true, grace}), 0);
    EXPECT_EQ(child.ending(), ending);
    EXPECT_FALSE(exists(path_));
    EXPECT_TRUE(volume_.leftovers().empty());
  }

  support::Volume volume_;
  const std::string path_ = volume_ / "web.sock";
  const Claim claim_ = claim_of({path_});
};

TEST_F(Evict, EndsAServerWithTerm) {
  auto child = stranger({});
  testing::internal::CaptureStderr();
  is_free_after(child, support::exited(0), 10s);
  const auto log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(log, "solinit: notice: evicted a stranger from " + path_ + ": it served without a lease pid=" +
                     std::to_string(child.pid()) + " command=witness_server signal=TERM\n" +
                     "solinit: notice: removed the stale socket " + path_ + ": nobody is bound to it\n");
}

TEST_F(Evict, KillsAServerThatIgnoresTermAfterGrace) {
  auto child = stranger({"--ignore-term"});
  const auto took = support::duration_of([&] { is_free_after(child, support::killed_by(SIGKILL), 200ms); });
  EXPECT_GE(took, 200ms);
}

TEST_F(Evict, LetsAStoppedServerGoOnToItsEnd) {
  auto child = stranger({"--stop-self"});
  ASSERT_TRUE(support::wait_until([&] { return support::status_field(child.pid(), "State").starts_with('T'); }));
  is_free_after(child, support::exited(0), 10s);
}

TEST_F(Evict, EndsServersOfEveryKind) {
  for (const std::string option : {"--no-listen", "--seqpacket", "--dgram", "--no-accept"}) {
    auto child = stranger({option});
    is_free_after(child, support::exited(0), 10s);
  }
}

TEST_F(Evict, EndsAServerWithAFullBacklog) {
  auto child = stranger({"--no-accept", "--backlog", "0"});
  std::vector<Fd> waiting;
  while (auto connection = support::connect_to(path_, SOCK_STREAM)) waiting.push_back(std::move(connection));
  is_free_after(child, support::exited(0), 10s);
}

TEST_F(Evict, EndsAllWorkers) {
  auto child = stranger({"--fork-workers", "4", "--ignore-term"});
  ASSERT_TRUE(support::wait_until([&] { return support::children_of(child.pid()).size() == 4; }));
  const auto workers = support::children_of(child.pid());
  is_free_after(child, support::killed_by(SIGKILL), 100ms);
  for (const auto worker : workers) {
    const auto state = support::status_field(worker, "State");
    EXPECT_TRUE(state.empty() || state.starts_with('Z')) << worker << " is " << state;
  }
}

TEST_F(Evict, SparesWhoeverOnlyTalksToTheServer) {
  auto child = stranger({});
  const auto connection = support::connect_to(path_, SOCK_STREAM);
  ASSERT_TRUE(connection);
  auto other = support::Settings{};
  other.command = support::witness_server("other", volume_ / "other.sock");
  Child bystander(other);
  ASSERT_TRUE(support::serves(volume_ / "other.sock", "other"));
  is_free_after(child, support::exited(0), 10s);
  EXPECT_TRUE(bystander.runs());
}

TEST_F(Evict, NeverEndsOurselvesOrWhatStartedUs) {
  const auto ours = support::bound_socket(path_, SOCK_STREAM, 1);
  const auto before = subprocess::inode_of(path_);
  EXPECT_EQ(settled(claim_, 1s), 75) << "ourselves";
  const auto parent_holds = [&] {
    close(ours.get());
    return settled(claim_, 1s);
  };
  EXPECT_EQ(subprocess::run(parent_holds), 75) << "our parent";
  EXPECT_EQ(subprocess::inode_of(path_), before);
}

TEST_F(Evict, LeavesAServerOfOtherNamespacesAndSaysSo) {
  if (const auto lack = support::lack_of_namespaces(); !lack.empty()) return support::skip(lack);
  support::Settings settings;
  settings.command = support::witness_server("far", path_);
  settings.as = support::As::pid_one;
  settings.has_own_network = true;
  Child far(settings);
  ASSERT_TRUE(support::serves(path_, "far"));
  const auto result = subprocess::settle(claim_, 5s);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ExitCode::held);
  EXPECT_EQ(result.error().why, "a process of another network namespace serves it without a lease");
  EXPECT_TRUE(far.runs());
  EXPECT_EQ(support::ask(path_), "far");
}

TEST_F(Evict, LeavesAServerOfAPidNamespaceBelowOurs) {
  if (const auto lack = support::lack_of_namespaces(); !lack.empty()) return support::skip(lack);
  support::Settings settings;
  settings.command = support::witness_server("below", path_);
  settings.as = support::As::pid_one;
  Child below(settings);
  ASSERT_TRUE(support::serves(path_, "below"));
  const auto result = subprocess::settle(claim_, 5s, {true, 50ms});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ExitCode::held);
  EXPECT_EQ(result.error().why,
            "a process of another pid namespace, or one that /proc hides, serves it without a lease");
  EXPECT_TRUE(below.runs());
  EXPECT_EQ(support::ask(path_), "below");
}

TEST_F(Evict, LeavesAServerOfAnotherUserAndSaysSo) {
  if (const auto lack = support::lack_of_root(); !lack.empty()) return support::skip(lack);
  auto child = stranger({});
  ASSERT_EQ(chmod(path_.c_str(), 0777), 0);
  const auto result = [this] {
    const auto settled = subprocess::settle(claim_, 5s);
    return !settled && settled.error().why == "a process whose descriptors we may not see serves it without a lease"
               ? static_cast<int>(settled.error().code)
               : 1;
  };
  EXPECT_EQ(subprocess::run(result, 1000), 75);
  EXPECT_TRUE(child.runs());
  EXPECT_EQ(support::ask(path_), "stranger");
}

TEST_F(Evict, StopsWhenPatienceDoes) {
  auto child = stranger({"--ignore-term"});
  const auto result = subprocess::settle(claim_, 100ms, {true, 10s});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ExitCode::held);
  EXPECT_NE(result.error().why.find("did not end within takeover.patience"), std::string::npos);
  EXPECT_TRUE(child.runs());
}

TEST_F(Evict, BelievesNoProcOfAnotherPidNamespace) {
  if (const auto lack = support::lack_of_namespaces(); !lack.empty()) return support::skip(lack);
  auto child = stranger({});
  const auto in_new_namespace = [this] {
    if (unshare(CLONE_NEWPID) != 0) return 1;
    return subprocess::run([this] { return settled(claim_, 1s); });
  };
  EXPECT_EQ(subprocess::run(in_new_namespace), 75);
  EXPECT_TRUE(child.runs());
}

}  // namespace
