#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <csignal>

#include "tests/process/init/under_init.h"
#include "tests/support/temp_dir.h"

namespace support {
namespace {

std::string words(const std::vector<std::string>& command) {
  std::string all;
  for (const auto& word : command) all += word + " ";
  return all;
}

void expect_failure(const std::vector<std::string>& command, int code) {
  auto settings = under_init(command);
  settings.environment = {"PATH=/usr/bin:/bin"};
  Child launcher(settings);
  EXPECT_EQ(launcher.ending(), exited(code)) << words(command);
  EXPECT_TRUE(launcher.log().starts_with("solinit: error: ")) << launcher.log();
  EXPECT_EQ(std::ranges::count(launcher.log(), '\n'), 1) << launcher.log();
}

TEST(Exit, IsTheStatusOfTheWebProcess) {
  for (int status = 0; status < 256; ++status)
    EXPECT_EQ(Child(under_init({program("witness"), "--exit", std::to_string(status)})).ending(), exited(status));
}

TEST(Exit, IsTheStatusOfTheWebProcessAsPidOne) {
  if (const auto lack = lack_of_namespaces(); !lack.empty()) return skip(lack);
  for (const int status : {0, 1, 2, 64, 71, 126, 127, 128, 143, 255})
    EXPECT_EQ(Child(under_init({program("witness"), "--exit", std::to_string(status)}, As::pid_one)).ending(),
              exited(status));
}

TEST(Exit, Is128PlusTheSignalThatKilledTheWebProcess) {
  constexpr std::array harmless{SIGCHLD, SIGCONT, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGURG, SIGWINCH};
  for (int number = 1; number <= 64; ++number) {
    if (std::ranges::find(harmless, number) != harmless.end()) continue;
    EXPECT_EQ(Child(under_init({program("witness"), "--die-of", std::to_string(number)})).ending(),
              exited(128 + number));
  }
}

TEST(Exit, Is127ForACommandThatIsNotThere) {
  const TempDir dir;
  expect_failure({"/nonexistent/server", "x"}, 127);
  expect_failure({"no-such-server-in-path"}, 127);
  expect_failure({dir / "relative/../server"}, 127);
  write_file(dir / "file", "");
  expect_failure({dir / "file/server"}, 127);
}

TEST(Exit, Is126ForACommandThatCannotBeExecuted) {
  const TempDir dir;
  write_file(dir / "plain", "text\n");
  chmod((dir / "plain").c_str(), 0644);
  expect_failure({dir / "plain"}, 126);
  expect_failure({dir.path()}, 126);
}

TEST(Exit, IsSaidClearlyWhenTheInterpreterIsMissing) {
  const TempDir dir;
  write_file(dir / "script", "#!/nonexistent/interpreter\n");
  chmod((dir / "script").c_str(), 0755);
  expect_failure({dir / "script"}, 127);
}

TEST(Exit, IsThatOfAScriptWithoutInterpreterLine) {
  const TempDir dir;
  write_file(dir / "script", "exit $1\n");
  chmod((dir / "script").c_str(), 0755);
  EXPECT_EQ(Child(under_init({dir / "script", "9"})).ending(), exited(9));
}

TEST(Exit, Is64ForACommandLineThatMeansNothing) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"--nonsense"}, {"--manifest"}, {}, {"--takeover", "perhaps", "true"}}) {
    Settings settings;
    settings.command = {solinit()};
    settings.command.insert(settings.command.end(), arguments.begin(), arguments.end());
    Child launcher(settings);
    EXPECT_EQ(launcher.ending(), exited(64)) << words(arguments) << launcher.log();
    EXPECT_FALSE(launcher.log().empty()) << words(arguments);
  }
}

TEST(Exit, Is78AtOnceForAManifestThatIsNoFile) {
  const TempDir dir;
  ASSERT_EQ(mkfifo((dir / "fifo").c_str(), 0600), 0);
  for (const auto& manifest : {dir / "fifo", std::string("/dev/zero"), dir / "."}) {
    Settings settings;
    settings.command = {solinit(), "--manifest", manifest, "--", program("witness")};
    Child launcher(settings);
    EXPECT_EQ(launcher.ending(), exited(78)) << manifest << ": " << launcher.log();
    EXPECT_NE(launcher.log().find("not a regular file"), std::string::npos) << launcher.log();
  }
}

TEST(Exit, LeavesOptionsAfterTheCommandToTheCommand) {
  Settings settings;
  settings.command = {solinit(), program("witness"), "--exit", "7"};
  EXPECT_EQ(Child(settings).ending(), exited(7));
  settings.command = {solinit(), "/bin/sh", "-c", "exit $1", "--version", "6"};
  EXPECT_EQ(Child(settings).ending(), exited(6));
}

TEST(Exit, FindsTheCommandInPath) {
  auto settings = under_init({"witness", "--exit", "7"});
  const auto file = program("witness");
  settings.environment = {"PATH=/nonexistent:" + file.substr(0, file.rfind('/'))};
  EXPECT_EQ(Child(settings).ending(), exited(7));
}

TEST(Exit, IsSilentAfterAHealthyRun) {
  Child launcher(under_init({program("witness"), "--exit", "0"}));
  EXPECT_EQ(launcher.ending(), exited(0));
  EXPECT_EQ(launcher.log(), "");
}

}  // namespace
}  // namespace support
