#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/child.h"
#include "tests/support/programs.h"
#include "tests/support/temp_dir.h"

namespace support {
namespace {

namespace fs = std::filesystem;

Child check(const std::string& file) {
  Settings settings;
  settings.command = {solinit(), "--check", "--manifest", file};
  Child program(settings);
  program.ending();
  return program;
}

TEST(Examples, AreGoodManifests) {
  int count = 0;
  for (const auto& entry : fs::directory_iterator(SOURCES "/manifests/examples")) {
    auto program = check(entry.path());
    EXPECT_EQ(program.ending(), exited(0)) << entry.path() << ": " << program.log();
    EXPECT_NE(program.out().find("owner: "), std::string::npos) << entry.path() << ": " << program.out();
    ++count;
  }
  EXPECT_GE(count, 6);
}

TEST(Examples, StayGoodWhenTheyAreNormalised) {
  const TempDir dir;
  for (const auto& entry : fs::directory_iterator(SOURCES "/manifests/examples")) {
    const auto normal = check(entry.path()).out();
    write_file(dir / "normal.yaml", normal);
    auto again = check(dir / "normal.yaml");
    EXPECT_EQ(again.ending(), exited(0)) << entry.path() << ": " << again.log();
    EXPECT_EQ(again.out(), normal) << entry.path();
  }
}

TEST(Examples, WouldBeCaughtIfTheyWereWrong) {
  const TempDir dir;
  write_file(dir / "web.yaml", "version: 1\nowner: shop\nsockets:\n  - path: /run/web.sock\n    activation: bnid\n");
  auto program = check(dir / "web.yaml");
  EXPECT_EQ(program.ending(), exited(78));
  EXPECT_NE(program.log().find("web.yaml:5:5: sockets[0].activation: unknown value 'bnid'; did you mean 'bind'?"),
            std::string::npos)
      << program.log();
}

}  // namespace
}  // namespace support
