#include "ownership/place.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ctime>
#include <limits>

#include "tests/process/ownership/subprocess.h"
#include "tests/support/requirement.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait.h"

namespace {

using namespace ownership;
using support::TempDir;

TEST(Place, IsADirectoryAndAName) {
  const TempDir room;
  const auto place = open_place(room / "web.sock");
  ASSERT_TRUE(place);
  EXPECT_EQ(place->name, "web.sock");
  EXPECT_EQ(place->path, room / "web.sock");
  EXPECT_EQ(open_place("/web.sock")->name, "web.sock");
}

TEST(Place, FollowsLinksAboveTheName) {
  const TempDir room;
  ASSERT_EQ(mkdir((room / "real").c_str(), 0755), 0);
  ASSERT_EQ(symlink("real", (room / "link").c_str()), 0);
  const auto place = open_place(room / "link/web.sock");
  ASSERT_TRUE(place);
  ASSERT_TRUE(open_records(*place, false));
  EXPECT_TRUE(subprocess::exists(room / "real/.solinit"));
}

TEST(Place, SaysWhatToDoWhereThereIsNoDirectory) {
  const TempDir room;
  support::write_file(room / "file", "");
  for (const auto& path : {room / "missing/web.sock", room / "file/web.sock"}) {
    const auto place = open_place(path);
    ASSERT_FALSE(place);
    EXPECT_EQ(place.error().code, ExitCode::bad_manifest);
    EXPECT_EQ(place.error().advice, "make the directory, or mount the volume there");
  }
  for (const std::string name : {"/", "/.", "/.."})
    EXPECT_EQ(open_place(room.path() + name).error().code, ExitCode::bad_manifest) << name;
}

TEST(Place, IsNotPermittedWhereWeMayNotLook) {
  if (const auto lack = support::lack_of_root(); !lack.empty()) return support::skip(lack);
  const TempDir room;
  ASSERT_EQ(mkdir((room / "locked").c_str(), 0700), 0);
  ASSERT_EQ(mkdir((room / "locked/deep").c_str(), 0755), 0);
  const auto code_of_place = [&] { return static_cast<int>(open_place(room / "locked/deep/web.sock").error().code); };
  EXPECT_EQ(subprocess::run(code_of_place, 1000), 77);
  const auto code_of_records = [&] {
    const auto place = open_place(room / "locked/web.sock");
    return place ? static_cast<int>(open_records(*place, false).error().code) : 1;
  };
  EXPECT_EQ(subprocess::run(code_of_records, 1000), 77);
}

TEST(Records, AreMadeForTheirDirectorysOwnerAlone) {
  if (const auto lack = support::lack_of_root(); !lack.empty()) return support::skip(lack);
  const TempDir room;
  ASSERT_EQ(chown(room.path().c_str(), 1000, 1001), 0);
  ASSERT_TRUE(open_records(*open_place(room / "web.sock"), false));
  struct stat status {};
  ASSERT_EQ(stat((room / ".solinit").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode, static_cast<mode_t>(S_IFDIR | 0700));
  EXPECT_EQ(status.st_uid, 1000u);
  EXPECT_EQ(status.st_gid, 1001u);
  const auto opens = [&] { return open_records(*open_place(room / "web.sock"), false) ? 0 : 1; };
  EXPECT_EQ(subprocess::run(opens, 1000), 0);
}

TEST(Records, AreRefusedWhenTheyAreNoDirectoryOrAStrangers) {
  if (const auto lack = support::lack_of_root(); !lack.empty()) return support::skip(lack);
  const TempDir room;
  const auto place = open_place(room / "web.sock");
  const auto code = [&] { return open_records(*place, false).error().code; };
  ASSERT_EQ(symlink("/tmp", (room / ".solinit").c_str()), 0);
  EXPECT_EQ(code(), ExitCode::bad_manifest);
  unlink((room / ".solinit").c_str());
  support::write_file(room / ".solinit", "");
  EXPECT_EQ(code(), ExitCode::bad_manifest);
  unlink((room / ".solinit").c_str());
  ASSERT_EQ(mkdir((room / ".solinit").c_str(), 0700), 0);
  ASSERT_EQ(chown((room / ".solinit").c_str(), 1000, 1000), 0);
  EXPECT_EQ(code(), ExitCode::not_permitted);
}

/// A volume of uid 1000's in which a directory of root's lies, moved to `.solinit` and back in a tight loop.
class GivenAway : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto lack = support::lack_of_root(); !lack.empty()) return support::skip(lack);
    ASSERT_EQ(mkdir(valuable_.c_str(), 0700), 0);
    ASSERT_EQ(chown(room_.path().c_str(), 1000, 1000), 0);
    timespec born{}, now{};
    clock_gettime(CLOCK_REALTIME, &born);
    // Later than it by what the kernel's stamps can tell apart.
    ASSERT_TRUE(support::wait_until([&] {
      clock_gettime(CLOCK_REALTIME_COARSE, &now);
      return now.tv_sec > born.tv_sec || (now.tv_sec == born.tv_sec && now.tv_nsec > born.tv_nsec);
    }));
  }

  uid_t owner_of_the_valuable() const {
    for (const auto& path : {valuable_, records_}) {
      struct stat status {};
      if (stat((path + "/mark").c_str(), &status) == 0 && stat(path.c_str(), &status) == 0) return status.st_uid;
    }
    return 0;
  }

  /// The swap goes on meanwhile; only what is empty is removed.
  void put_back() const {
    while (subprocess::exists(records_)) {
      if (rmdir(records_.c_str()) == 0) continue;
      rmdir(valuable_.c_str());
      rename(records_.c_str(), valuable_.c_str());
    }
  }

  /// Whether `make`, called at most so often and for so long, gave the valuable away.
  bool is_given_away(const std::function<void()>& make, int most, std::chrono::seconds limit) {
    support::write_file(valuable_ + "/mark", "");
    const subprocess::Background swap([&] {
      while (true) renameat2(AT_FDCWD, valuable_.c_str(), AT_FDCWD, records_.c_str(), RENAME_EXCHANGE);
    });
    int calls = 0;
    return support::wait_until(
               [&] {
                 for (int i = 0; i < 50 && owner_of_the_valuable() == 0; ++i, ++calls) {
                   make();
                   put_back();
                 }
                 return calls >= most || owner_of_the_valuable() != 0;
               },
               limit) &&
           owner_of_the_valuable() != 0;
  }

  const support::TempDir room_;
  const std::string valuable_ = room_ / "valuable", records_ = room_ / ".solinit";
};

TEST_F(GivenAway, IsNothingThatWasMovedToTheRecordsWhileTheyWereMade) {
  const auto place = open_place(room_ / "web.sock");
  ASSERT_TRUE(place);
  EXPECT_FALSE(is_given_away([&] { static_cast<void>(open_records(*place, false)); }, 2'000, std::chrono::minutes(1)));
}

TEST_F(GivenAway, IsWhatANaiveMakerTakesForItsOwn) {
  EXPECT_TRUE(is_given_away(
      [&] {
        if (mkdir(records_.c_str(), 0700) != 0) return;
        const Fd made(open(records_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        EXPECT_TRUE(!made || fchown(made.get(), 1000, 1000) == 0);
      },
      std::numeric_limits<int>::max(), std::chrono::minutes(2)));
}

}  // namespace
