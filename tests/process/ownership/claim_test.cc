#include "ownership/claim.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <new>

#include "tests/process/ownership/subprocess.h"
#include "tests/support/requirement.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait.h"

namespace {

using namespace ownership;
using namespace std::chrono_literals;
using subprocess::claim_of;

class Claims : public testing::Test {
 protected:
  using Outcome = Result<std::variant<Claim, Busy>>;
  Outcome claim(std::vector<std::string> names, std::vector<Fd> given = {}) const {
    std::vector<Item> items;
    for (const auto& name : names) items.push_back({Item::Kind::socket, room_ / name});
    return try_claim(items, true, std::move(given));
  }
  static bool is_ours(const Outcome& outcome) { return outcome && std::holds_alternative<Claim>(*outcome); }
  static bool is_busy(const Outcome& outcome) { return outcome && std::holds_alternative<Busy>(*outcome); }

  support::TempDir room_;
};

TEST_F(Claims, AreSortedByPath) {
  const auto outcome = claim({"b", "a", "c"});
  ASSERT_TRUE(is_ours(outcome));
  const auto& holdings = std::get<Claim>(*outcome).holdings;
  ASSERT_EQ(holdings.size(), 3u);
  EXPECT_EQ(holdings[0].item.path, room_ / "a");
  EXPECT_EQ(holdings[2].item.path, room_ / "c");
}

TEST_F(Claims, AreAllOrNone) {
  const auto first = claim({"b"});
  const auto second = claim({"a", "b", "c"});
  ASSERT_TRUE(is_busy(second));
  EXPECT_EQ(std::get<Busy>(*second).path, room_ / "b");
  EXPECT_TRUE(is_ours(claim({"a", "c"}))) << "the attempt kept a lease";
}

TEST_F(Claims, OfTwoProcessesNeverBothSucceed) {
  struct Counts {
    std::atomic<int> inside{0};
    std::atomic<long> successes{0}, violations{0}, halves{0};
  };
  void* const memory = mmap(nullptr, sizeof(Counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto& counts = *new (memory) Counts;
  const auto contend = [&](std::vector<std::string> names) {
    while (true) {
      const auto outcome = claim(names);
      if (!is_ours(outcome)) continue;
      if (counts.inside.fetch_add(1) != 0) ++counts.violations;
      if (std::get<Claim>(*outcome).holdings.size() != names.size()) ++counts.halves;
      ++counts.successes;
      counts.inside.fetch_sub(1);
    }
  };
  {
    const subprocess::Background one([&] { contend({"a", "b"}); }), two([&] { contend({"b", "a"}); });
    EXPECT_TRUE(support::wait_until([&] { return counts.successes > 2000 || counts.violations > 0; }));
  }
  EXPECT_EQ(counts.violations, 0);
  EXPECT_EQ(counts.halves, 0);
  munmap(memory, sizeof(Counts));
}

TEST_F(Claims, TellWhoHoldsThem) {
  const auto first = claim_of({room_ / "a"});
  OwnerRecord record;
  record.owner = "shop";
  record.container = "one";
  record.pid = 7;
  ASSERT_TRUE(write_owner_record(first.holdings[0].records.get(), "a", record));
  const auto second = claim({"a"});
  ASSERT_TRUE(is_busy(second));
  ASSERT_TRUE(std::get<Busy>(*second).holder);
  EXPECT_EQ(*std::get<Busy>(*second).holder, record);
}

TEST_F(Claims, AreHeldByNobodyKnownWhereTheOwnerFileIsNoFile) {
  const auto first = claim_of({room_ / "a"});
  const auto owner = room_ / ".solinit/a.owner";
  ASSERT_EQ(mkfifo(owner.c_str(), 0600), 0);
  EXPECT_FALSE(std::get<Busy>(*claim({"a"})).holder);
  unlink(owner.c_str());
  support::write_file(room_ / "secret", R"({"owner":"a","container":"b","pid":1})");
  ASSERT_EQ(symlink("../secret", owner.c_str()), 0);
  EXPECT_FALSE(std::get<Busy>(*claim({"a"})).holder);
  unlink(owner.c_str());
  support::write_file(owner, std::string(100'000, ' '));
  EXPECT_FALSE(std::get<Busy>(*claim({"a"})).holder);
}

TEST_F(Claims, ReplaceTheOwnerFileAndWhatACrashLeftOfIt) {
  const auto first = claim_of({room_ / "a"});
  const int records = first.holdings[0].records.get();
  OwnerRecord record;
  record.owner = "shop";
  support::write_file(room_ / ".solinit/a.owner.new", "half");
  for (record.generation = 1; record.generation < 4; ++record.generation) {
    ASSERT_TRUE(write_owner_record(records, "a", record));
    EXPECT_EQ(read_owner_record(records, "a")->generation, record.generation);
    EXPECT_FALSE(subprocess::exists(room_ / ".solinit/a.owner.new"));
  }
  ASSERT_EQ(mkdir((room_ / ".solinit/a.owner.new").c_str(), 0700), 0);
  EXPECT_EQ(write_owner_record(records, "a", record).error().code, ExitCode::system_call);
  EXPECT_EQ(read_owner_record(records, "a")->generation, 3u);
}

TEST_F(Claims, RefuseToNameOneFileTwice) {
  ASSERT_EQ(symlink(".", (room_ / "same").c_str()), 0);
  const auto outcome = claim({"a", "same/a"});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ExitCode::bad_manifest);
  EXPECT_EQ(outcome.error().why, "the manifest names this file twice");
}

TEST_F(Claims, RefuseNamesThatAreTooLong) {
  const auto outcome = claim({std::string(250, 'n')});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().why, "File name too long");
}

class GivenLease : public Claims {
 protected:
  /// A copy of the descriptor, as SCM_RIGHTS makes it.
  static std::vector<Fd> given(int file) {
    std::vector<Fd> all;
    all.emplace_back(fcntl(file, F_DUPFD_CLOEXEC, 0));
    return all;
  }
  const std::string file_ = room_ / ".solinit/a.lease";
  Claim predecessor_ = claim_of({room_ / "a"});
  int lease() const { return predecessor_.holdings[0].lease.get(); }
};

TEST_F(GivenLease, IsTakenWithoutAGap) {
  auto successor = claim({"a"}, given(lease()));
  ASSERT_TRUE(is_ours(successor));
  predecessor_ = {};
  EXPECT_TRUE(is_busy(claim({"a"}))) << "the lock fell with the predecessor";
  successor = Claim{};
  EXPECT_TRUE(is_ours(claim({"a"})));
}

TEST_F(GivenLease, IsLeftToThePredecessorWhenTheClaimFails) {
  const auto other = claim({"b"});
  EXPECT_TRUE(is_busy(claim({"a", "b"}, given(lease()))));
  EXPECT_TRUE(is_busy(claim({"a"}))) << "the lock was dropped for the predecessor too";
}

TEST_F(GivenLease, MustBeALeaseFile) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  const Fd read_end(ends[0]), write_end(ends[1]);
  EXPECT_TRUE(is_busy(claim({"a"}, given(read_end.get()))));
  const Fd directory(open(room_.path().c_str(), O_RDONLY | O_CLOEXEC));
  EXPECT_TRUE(is_busy(claim({"a"}, given(directory.get()))));
  EXPECT_TRUE(is_busy(claim({"a"}, given(-1))));
}

TEST_F(GivenLease, MustBeTheInodeOfTheName) {
  support::write_file(room_ / "other", "");
  const Fd other(open((room_ / "other").c_str(), O_RDWR | O_CLOEXEC));
  ASSERT_EQ(flock(other.get(), LOCK_EX | LOCK_NB), 0);
  EXPECT_TRUE(is_busy(claim({"a"}, given(other.get()))));
  ASSERT_EQ(unlink(file_.c_str()), 0);
  const auto fresh = claim({"a"});
  ASSERT_TRUE(is_ours(fresh));
  EXPECT_TRUE(is_busy(claim({"a"}, given(lease())))) << "the file was unlinked meanwhile";
}

TEST_F(GivenLease, MustHoldTheLockItself) {
  const Fd unlocked(open(file_.c_str(), O_RDWR | O_CLOEXEC));
  EXPECT_TRUE(is_busy(claim({"a"}, given(unlocked.get()))));
  EXPECT_TRUE(is_busy(claim({"a"})));
}

class LeaseWait : public Claims {};

TEST_F(LeaseWait, EndsWhenTheLeaseFallsAndKeepsNothing) {
  std::array<int, 2> ready{};
  ASSERT_EQ(pipe2(ready.data(), O_CLOEXEC), 0);
  subprocess::Background holder([&] {
    const auto held = claim({"a"});
    if (write(ready[1], "x", 1) != 1) _exit(1);
    pause();
  });
  char letter;
  ASSERT_EQ(read(ready[0], &letter, 1), 1);
  const auto busy = claim({"a"});
  ASSERT_TRUE(is_busy(busy));
  EXPECT_EQ(wait_for_lease(std::get<Busy>(*busy), Patience(Clock::now() + 30ms)), Woke::timed_out);
  holder.kill();
  EXPECT_EQ(wait_for_lease(std::get<Busy>(*busy), Patience(Clock::now() + 10s)), Woke::ready);
  EXPECT_TRUE(is_ours(claim({"a"})));
  close(ready[0]);
  close(ready[1]);
}

}  // namespace
