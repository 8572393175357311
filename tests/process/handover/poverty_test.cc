#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <iostream>
#include <optional>

#include "ownership/fd.h"
#include "tests/support/load.h"
#include "tests/support/observer.h"
#include "tests/support/requirement.h"
#include "tests/support/sockets.h"
#include "tests/support/volume.h"

// A handover where one side has no descriptors left, or the volume no room. It may fail: then the one who served serves
// on, no request is lost, and once there is room again the next succeeds.

namespace support {
namespace {

using ownership::Fd;

class HandoverInPoverty : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (const auto lack = lack_of_namespaces(); !lack.empty()) return skip(lack);
  }
  /// A poor newcomer need not be patient: what it has not it will not get.
  Settings generation(const std::string& name, const std::string& patience = "30s") {
    const auto manifest = volume.manifest_owning(
        "web.sock", "    activation: inherit\nstop: {grace: 5s}\ntakeover: {drain: 10ms, patience: " + patience +
                        ", order: " + GetParam() + "}\nready: {timeout: " + patience + "}\n");
    // Another container each time: one that was superseded would stand by.
    return container(name + std::to_string(++count), manifest, witness_server(name, socket, {"--inherit"}));
  }
  /// Whether `second` succeeds `first`. It says why where it does not, and `first` serves on.
  bool succeeds(Child& first, Child& second, const std::string& what) const {
    EXPECT_TRUE(
        wait_until([&] { return second.log().find("took over from") != std::string::npos || !second.runs(); }, 60s))
        << what << second.log();
    if (second.runs()) {
      EXPECT_TRUE(serves(socket, "second")) << what << second.log() << first.log();
      return true;
    }
    EXPECT_NE(second.log().find("solinit: error: "), std::string::npos) << what << second.log();
    EXPECT_TRUE(serves(socket, "first")) << what << second.log() << first.log();
    EXPECT_TRUE(first.runs()) << what << first.log();
    return false;
  }
  void expect_one(const Observer& observer, const std::string& what) const {
    if (GetParam() != "strict") return;
    EXPECT_EQ(observer.most_at_once(), 1U) << what;
  }

  Volume volume;
  std::string socket = volume / "web.sock";
  int count = 0;
};

TEST_P(HandoverInPoverty, OfTheNewcomersDescriptorsLosesNoRequest) {
  Observer observer(socket);
  Child first(generation("first"));
  ASSERT_TRUE(serves(socket, "first")) << first.log();
  std::optional<Child> second;
  Load load(socket, 2);
  std::string outcomes;
  for (const rlim_t most : {6U, 10U, 14U, 18U, 20U, 22U, 64U}) {
    if (HasFailure()) break;
    auto settings = generation("second", most == 64 ? "30s" : "500ms");
    settings.limits = {{RLIMIT_NOFILE, most}};
    second.emplace(settings);
    const bool has_succeeded = succeeds(first, *second, std::to_string(most) + " descriptors: ");
    outcomes += has_succeeded ? 's' : '-';
    if (has_succeeded) break;
  }
  std::cout << "6 to 64 descriptors: " << outcomes << '\n';
  EXPECT_EQ(outcomes.back(), 's');
  load.stop();
  observer.stop();
  EXPECT_EQ(load.failed(), 0) << load.first_failure();
  expect_one(observer, outcomes);
}

TEST_P(HandoverInPoverty, OfThePredecessorsDescriptorsLosesNoRequest) {
  std::string outcomes;
  for (const rlim_t most : {10U, 16U, 18U, 20U, 22U, 24U, 26U, 64U}) {
    if (HasFailure()) break;
    const auto what = std::to_string(most) + " descriptors: ";
    auto settings = generation("first");
    settings.limits = {{RLIMIT_NOFILE, most}};
    Child first(settings);
    if (!wait_until([&] { return ask(socket) == "first" || !first.runs(); }) || !first.runs()) {
      outcomes += '-';  // too few to serve at all
      continue;
    }
    Observer observer(socket);
    std::optional<Child> second;
    Load load(socket, 2);
    second.emplace(generation("second", most == 64 ? "30s" : "500ms"));
    outcomes += succeeds(first, *second, what) ? 's' : 'f';
    load.stop();
    observer.stop();
    EXPECT_EQ(load.failed(), 0) << what << load.first_failure();
    expect_one(observer, what);
  }
  std::cout << "10 to 64 descriptors: " << outcomes << '\n';
  EXPECT_EQ(outcomes.back(), 's');
}

/// A volume of its own, in a mount namespace of this thread alone, that can be filled.
class HandoverOnAFullVolume : public HandoverInPoverty {
 protected:
  void SetUp() override {
    HandoverInPoverty::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    if (const auto lack = lack_of_root(); !lack.empty()) return skip(lack);
    ASSERT_EQ(unshare(CLONE_NEWNS), 0);
    ASSERT_EQ(mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
    ASSERT_EQ(mount("none", volume.path().c_str(), "tmpfs", 0, "size=256k,nr_inodes=64,mode=0755"), 0);
    is_mounted_ = true;
  }
  void TearDown() override {
    if (is_mounted_) {
      EXPECT_EQ(umount2(volume.path().c_str(), MNT_DETACH), 0);
    }
  }
  void fill_blocks() const {
    const Fd file(open((volume / "fill").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    const std::string page(4096, 'x');
    while (write(file.get(), page.data(), page.size()) > 0) {
    }
    EXPECT_EQ(errno, ENOSPC);
  }
  /// Leaves room for `spare` more.
  void fill_inodes(int spare) {
    while (Fd(open(inode(count_).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600))) ++count_;
    EXPECT_EQ(errno, ENOSPC);
    for (; spare > 0; --spare) unlink(inode(--count_).c_str());
  }
  void make_room() {
    unlink((volume / "fill").c_str());
    while (count_ > 0) unlink(inode(--count_).c_str());
  }

 private:
  std::string inode(int number) const { return volume / ("fill" + std::to_string(number)); }

  int count_ = 0;
  bool is_mounted_ = false;
};

TEST_P(HandoverOnAFullVolume, LosesNoRequestAndSucceedsWhenThereIsRoomAgain) {
  Observer observer(socket);
  std::optional<Child> first(generation("first")), second;
  ASSERT_TRUE(serves(socket, "first")) << first->log();
  Load load(socket, 2);
  std::string outcomes;
  bool has_succeeded = false;
  const auto attempt = [&](const std::string& what, const std::string& patience) {
    if (has_succeeded || HasFailure()) return;
    second.emplace(generation("second", patience));
    has_succeeded = succeeds(*first, *second, what);
    outcomes += has_succeeded ? 's' : '-';
  };
  for (int spare = 0; spare <= 6; ++spare) {
    fill_blocks();
    fill_inodes(spare);
    attempt("full but for " + std::to_string(spare) + " files: ", "1s");
    make_room();
  }
  attempt("with room: ", "30s");
  std::cout << "room for 0, 1, ... files: " << outcomes << '\n';
  EXPECT_TRUE(has_succeeded) << second->log();
  EXPECT_EQ(outcomes.front(), '-');
  load.stop();
  observer.stop();
  EXPECT_EQ(load.failed(), 0) << load.first_failure() << "\n" << first->log() << second->log();
  expect_one(observer, outcomes);
}

/// Its owner file would say who was superseded, and cannot be written.
TEST_P(HandoverOnAFullVolume, LeavesTheSupersededStandingBy) {
  const auto manifest = volume.manifest_owning("web.sock", "    activation: inherit\ntakeover: {drain: 10ms, order: " + GetParam() + "}\n");
  const auto start = [&](const std::string& name) {
    return container(name, manifest, witness_server(name, socket, {"--inherit"}));
  };
  Child first(start("first"));
  ASSERT_TRUE(serves(socket, "first")) << first.log();
  fill_blocks();
  Child second(start("second"));
  ASSERT_TRUE(second.logs("took over from")) << second.log();
  EXPECT_TRUE(second.logs("cannot write the owner file")) << second.log();
  ASSERT_EQ(first.ending(), exited(0)) << first.log();
  Child third(start("third"));
  ASSERT_TRUE(third.logs("took over from")) << third.log();
  ASSERT_EQ(second.ending(), exited(0)) << second.log();
  Child again(start("second"));
  EXPECT_TRUE(again.logs("standing by")) << again.log() << third.log();
  EXPECT_EQ(ask(socket), "third");
  make_room();
  const auto record = volume / ".solinit/web.sock.owner";
  EXPECT_TRUE(wait_until([&] { return read_file(record).find("\"container\":\"third\"") != std::string::npos; }))
      << read_file(record) << third.log();
}

INSTANTIATE_TEST_SUITE_P(Order, HandoverOnAFullVolume, testing::Values("strict", "overlap"),
                         [](const auto& one) { return one.param; });

INSTANTIATE_TEST_SUITE_P(Order, HandoverInPoverty, testing::Values("strict", "overlap"),
                         [](const auto& one) { return one.param; });

}  // namespace
}  // namespace support
