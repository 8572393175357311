#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <sstream>

#include "tests/process/init/under_init.h"
#include "tests/support/temp_dir.h"

namespace support {
namespace {

using ownership::Fd;
namespace fs = std::filesystem;

std::array<Fd, 2> make_pipe() {
  std::array<int, 2> ends;
  EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  return {Fd(ends[0]), Fd(ends[1])};
}

bool holds(pid_t pid, const Fd& wanted) {
  struct stat ours {};
  fstat(wanted.get(), &ours);
  for (const auto& entry : fs::directory_iterator("/proc/" + std::to_string(pid) + "/fd")) {
    struct stat theirs {};
    if (stat(entry.path().c_str(), &theirs) == 0 && theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino)
      return true;
  }
  return false;
}

std::string line_of(const Child& child, const std::string& start) {
  std::istringstream lines(child.out());
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(start)) return line;
  return "";
}

TEST(Inheritance, GivesTheWebProcessTheDescriptorsThatWereGiven) {
  const auto pipe = make_pipe();
  auto settings = under_init({program("witness"), "--report"});
  settings.descriptors = {{3, pipe[0].get()}, {7, pipe[1].get()}, {200, pipe[1].get()}};
  Child launcher(settings);
  ASSERT_NE(launcher.witness(), 0) << launcher.log();
  EXPECT_EQ(line_of(launcher, "descriptors:"), "descriptors: 0 1 2 3 7 200");
}

TEST(Inheritance, GivesTheWebProcessNothingElse) {
  Child launcher(under_init({program("witness"), "--report"}));
  ASSERT_NE(launcher.witness(), 0) << launcher.log();
  EXPECT_EQ(line_of(launcher, "descriptors:"), "descriptors: 0 1 2");
}

TEST(Inheritance, DoesNotKeepTheDescriptorsThatWereGiven) {
  const auto pipe = make_pipe();
  auto settings = under_init({program("witness")});
  settings.descriptors = {{3, pipe[0].get()}, {20, pipe[1].get()}};
  Child launcher(settings);
  const pid_t web = launcher.witness();
  ASSERT_NE(web, 0) << launcher.log();
  EXPECT_TRUE(holds(web, pipe[0]));
  EXPECT_TRUE(wait_until([&] { return !holds(launcher.pid(), pipe[0]); }, 2s)) << "the launcher keeps it";
}

TEST(Inheritance, CopesWithClosedStandardDescriptors) {
  for (int closed = 1; closed < 8; ++closed) {
    auto settings = under_init({program("witness"), "--report", "--exit", "7"});
    for (const int number : {0, 1, 2})
      if ((closed >> number & 1) != 0) settings.descriptors[number] = -1;
    Child launcher(settings);
    EXPECT_EQ(launcher.ending(), exited(7)) << "closed: " << closed << " " << launcher.log();
    if ((closed & 2) != 0) continue;
    std::string expected = "descriptors:";
    for (const int number : {0, 1, 2})
      if ((closed >> number & 1) == 0) expected += " " + std::to_string(number);
    EXPECT_EQ(line_of(launcher, "descriptors:"), expected);
  }
}

TEST(Inheritance, LeavesTheWorkingDirectoryToTheWebProcess) {
  const TempDir dir;
  auto settings = under_init({program("witness"), "--report"});
  settings.directory = dir.path();
  Child launcher(settings);
  ASSERT_NE(launcher.witness(), 0) << launcher.log();
  EXPECT_EQ(line_of(launcher, "directory:"), "directory: " + dir.path());
  const auto own = "/proc/" + std::to_string(launcher.pid()) + "/cwd";
  EXPECT_TRUE(wait_until([&] { return fs::read_symlink(own) == "/"; }, 2s)) << fs::read_symlink(own);
}

TEST(Inheritance, MakesTheWebProcessTheOneThatListenPidMeans) {
  if (const auto lack = lack_of_namespaces(); !lack.empty()) return skip(lack);
  const auto pipe = make_pipe();
  auto settings = under_init({program("witness"), "--report"}, As::pid_one);
  settings.descriptors = {{3, pipe[0].get()}};
  settings.environment = {"LISTEN_PID=1", "LISTEN_FDS=1", "LISTEN_FDNAMES=web"};
  Child launcher(settings);
  const pid_t web = launcher.witness();
  ASSERT_GT(web, 1) << launcher.log();
  EXPECT_EQ(line_of(launcher, "LISTEN_PID="), "LISTEN_PID=" + std::to_string(web));
  EXPECT_EQ(line_of(launcher, "LISTEN_FDS="), "LISTEN_FDS=1");
  EXPECT_EQ(line_of(launcher, "LISTEN_FDNAMES="), "LISTEN_FDNAMES=web");
  EXPECT_EQ(line_of(launcher, "descriptors:"), "descriptors: 0 1 2 3");
}

TEST(Inheritance, LeavesAListenPidThatMeansAnotherProcess) {
  if (const auto lack = lack_of_namespaces(); !lack.empty()) return skip(lack);
  auto settings = under_init({program("witness"), "--report"}, As::pid_one);
  settings.environment = {"LISTEN_PID=4711", "LISTEN_FDS=1"};
  Child launcher(settings);
  ASSERT_NE(launcher.witness(), 0) << launcher.log();
  EXPECT_EQ(line_of(launcher, "LISTEN_PID="), "LISTEN_PID=4711");
}

TEST(Inheritance, GivesTheWebProcessAGroupOfItsOwn) {
  Child launcher(under_init({program("witness"), "--report"}));
  ASSERT_NE(launcher.witness(), 0) << launcher.log();
  EXPECT_EQ(line_of(launcher, "group leader:"), "group leader: yes");
  EXPECT_EQ(line_of(launcher, "session leader:"), "session leader: no");
}

}  // namespace
}  // namespace support
