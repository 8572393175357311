#include "ownership/place.h"

#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/process/ownership/subprocess.h"
#include "tests/support/requirement.h"
#include "tests/support/temp_dir.h"

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

}  // namespace
