#include "ownership/lease.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <new>
#include <utility>

#include "tests/process/ownership/subprocess.h"
#include "tests/support/requirement.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait.h"

namespace {

using namespace ownership;

class LeaseFile : public testing::Test {
 protected:
  Result<Lease> take() const { return take_lease(place_, records_.get()); }
  bool is_free() const {
    const auto lease = take();
    return lease && lease->is_ours;
  }

  support::TempDir room_;
  const Place place_ = *open_place(room_ / "web.sock");
  const Fd records_ = *open_records(place_, true);
  const std::string path_ = room_ / ".solinit/web.sock.lease";
};

TEST_F(LeaseFile, HasOneHolderAndStays) {
  {
    const auto lease = take();
    ASSERT_TRUE(lease && lease->is_ours);
    const auto second = take();
    ASSERT_TRUE(second);
    EXPECT_FALSE(second->is_ours);
    EXPECT_TRUE(second->file);
    struct stat status {};
    ASSERT_EQ(stat(path_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode, static_cast<mode_t>(S_IFREG | 0600));
  }
  EXPECT_TRUE(subprocess::exists(path_));
  EXPECT_TRUE(is_free());
}

TEST_F(LeaseFile, IsRefusedWhenItIsNoFile) {
  const auto refused = [this](const char* what) {
    const auto lease = take();
    ASSERT_FALSE(lease) << what;
    EXPECT_EQ(lease.error().code, ExitCode::bad_manifest) << what;
    EXPECT_EQ(lease.error().why, ".solinit/web.sock.lease is not a regular file") << what;
  };
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  refused("a FIFO");
  unlink(path_.c_str());
  ASSERT_EQ(mkdir(path_.c_str(), 0700), 0);
  refused("a directory");
  rmdir(path_.c_str());
  support::write_file(room_ / "target", "");
  ASSERT_EQ(symlink("../target", path_.c_str()), 0);
  refused("a link to a file");
}

TEST_F(LeaseFile, BelongsToItsDirectorysOwner) {
  if (const auto lack = support::lack_of_root(); !lack.empty()) return support::skip(lack);
  ASSERT_EQ(fchown(records_.get(), 1000, 1000), 0);
  EXPECT_TRUE(is_free());
  struct stat status {};
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, 1000u);
}

TEST_F(LeaseFile, IsNotGivenAwayWhereItStoodAlready) {
  if (const auto lack = support::lack_of_root(); !lack.empty()) return support::skip(lack);
  ASSERT_EQ(fchown(records_.get(), 1000, 1000), 0);
  support::write_file(path_, "root's secret, moved here by the directory's owner");
  EXPECT_TRUE(is_free());
  struct stat status {};
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, 0u);
}

TEST_F(LeaseFile, IsNotPermittedWhereItIsAnothers) {
  if (const auto lack = support::lack_of_root(); !lack.empty()) return support::skip(lack);
  ASSERT_TRUE(is_free());
  ASSERT_EQ(fchown(records_.get(), 1000, 1000), 0);
  EXPECT_EQ(subprocess::run([this] { return static_cast<int>(take().error().code); }, 1000), 77);
}

TEST_F(LeaseFile, OutlivesItsHolderWithAChildThatInheritedIt) {
  int pids[2];
  ASSERT_EQ(pipe(pids), 0);
  pid_t grandchild = 0;
  {
    subprocess::Background holder([&] {
      auto lease = take();
      fcntl(lease->file.get(), F_SETFD, 0);
      const pid_t child = fork();
      if (child == 0) execlp("sleep", "sleep", "1000", nullptr);
      if (write(pids[1], &child, sizeof child) != sizeof child) _exit(1);
      pause();
    });
    ASSERT_EQ(read(pids[0], &grandchild, sizeof grandchild), static_cast<ssize_t>(sizeof grandchild));
    holder.kill();
  }
  EXPECT_FALSE(is_free());
  EXPECT_EQ(kill(grandchild, SIGKILL), 0);
  EXPECT_TRUE(support::wait_until([this] { return is_free(); }));
  close(pids[0]);
  close(pids[1]);
}

/// Counts how often two were inside at once, seen by memory that all processes share.
struct Sections {
  std::atomic<int> inside{0};
  std::atomic<long> entered{0}, violations{0};

  void pass() {
    if (inside.fetch_add(1) != 0) ++violations;
    ++entered;
    sched_yield();
    inside.fetch_sub(1);
  }
};

class LeaseRace : public LeaseFile {
 protected:
  ~LeaseRace() override { munmap(memory_, sizeof(Sections)); }

  /// Two processes take the lease again and again, and each unlinks its file before it lets go, until it is enough.
  void race(const std::function<bool()>& is_enough, const std::function<Fd()>& take_one) {
    const auto contend = [&] {
      while (true) {
        const Fd lease = take_one();
        if (!lease) continue;
        sections_.pass();
        unlink(path_.c_str());
      }
    };
    const subprocess::Background one(contend), two(contend);
    EXPECT_TRUE(support::wait_until(is_enough, std::chrono::minutes(2)));
    // Who is killed inside stays inside: what is counted after that says nothing.
    violations_ = sections_.violations;
  }

  void* const memory_ = mmap(nullptr, sizeof(Sections), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  Sections& sections_ = *new (memory_) Sections;
  long violations_ = 0;
};

TEST_F(LeaseRace, HasOneHolderWhileFilesAreUnlinkedAndMadeAnew) {
  race([this] { return sections_.entered > 2'000 || sections_.violations > 0; },
       [this] {
         auto lease = take();
         return lease && lease->is_ours ? std::move(lease->file) : Fd();
       });
  EXPECT_EQ(violations_, 0);
  EXPECT_GT(sections_.entered, 1000);
}

TEST_F(LeaseRace, IsLostByALockThatIsNotComparedWithTheName) {
  race([this] { return sections_.violations > 0; },
       [this] {
         Fd file(open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
         return file && flock(file.get(), LOCK_EX) == 0 ? std::move(file) : Fd();
       });
  EXPECT_GT(violations_, 0);
}

}  // namespace
