#include "tests/support/terminal.h"

#include <csignal>

#include "tests/process/init/under_init.h"
#include "tests/support/volume.h"

namespace support {
namespace {

Settings on(const Terminal& terminal, const std::vector<std::string>& command, As as = As::process) {
  auto settings = under_init(command, as);
  settings.terminal = terminal.inside();
  return settings;
}

bool is_stopped(pid_t pid) { return status_field(pid, "State").starts_with("T"); }

int count_of(const std::string& text, const std::string& wanted) {
  int count = 0;
  for (std::size_t at = 0; (at = text.find(wanted, at)) != std::string::npos; at += wanted.size()) ++count;
  return count;
}

using TerminalEverywhere = Everywhere;

TEST_P(TerminalEverywhere, InterruptsTheWebProcessOnce) {
  Terminal terminal;
  Child launcher(on(terminal, {program("witness"), "--report", "--exit-on", "64=42"}, GetParam()));
  ASSERT_TRUE(terminal.shows("ready")) << terminal.text();
  EXPECT_TRUE(terminal.shows("foreground: yes")) << terminal.text();
  terminal.type("\x03");
  ASSERT_TRUE(terminal.shows("^C2\r\n")) << terminal.text();
  launcher.signal(64);
  EXPECT_EQ(launcher.ending(), exited(42));
  const auto received = terminal.text().substr(terminal.text().find("ready"));
  EXPECT_EQ(count_of(received, "2\r\n"), 1) << terminal.text();
}

TEST_P(TerminalEverywhere, TellsTheWebProcessItsSize) {
  Terminal terminal;
  Child launcher(on(terminal, {program("witness"), "--exit-on", "28=42"}, GetParam()));
  ASSERT_TRUE(terminal.shows("ready"));
  terminal.resize(33, 121);
  EXPECT_EQ(launcher.ending(), exited(42));
}

TEST_P(TerminalEverywhere, StopsTheWebProcessAndContContinuesIt) {
  Terminal terminal;
  Child launcher(on(terminal, {"/bin/cat"}, GetParam()));
  terminal.type("hello\n");
  ASSERT_TRUE(terminal.shows("hello\r\nhello\r\n")) << terminal.text();
  const auto web = children_of(launcher.pid());
  ASSERT_EQ(web.size(), 1U);
  terminal.type("\x1a");
  ASSERT_TRUE(wait_until([&] { return is_stopped(web.front()); })) << status_field(web.front(), "State");
  EXPECT_TRUE(launcher.runs());
  launcher.signal(SIGCONT);
  EXPECT_TRUE(wait_until([&] { return !is_stopped(web.front()); }));
  terminal.type("again\n");
  EXPECT_TRUE(terminal.shows("again\r\nagain\r\n")) << terminal.text();
  terminal.type("\x03");
  EXPECT_EQ(launcher.ending(), exited(128 + SIGINT));
}

TEST_P(TerminalEverywhere, TellsTheWebProcessThatItHungUp) {
  auto terminal = std::make_unique<Terminal>();
  Child launcher(on(*terminal, {program("witness"), "--exit-on", "1=42"}, GetParam()));
  ASSERT_TRUE(terminal->shows("ready"));
  terminal.reset();
  EXPECT_EQ(launcher.ending(), exited(42));
}

INSTANTIATE_TEST_SUITE_P(Terminal, TerminalEverywhere, testing::Values(As::process, As::pid_one), name_of_place);

TEST(Terminal, IsToldWhatALongWaitIsFor) {
  const Volume volume;
  const auto manifest = volume.manifest_owning("web.sock", "stop: {grace: 5s}\n");
  Terminal terminal;
  auto settings = launched("first", manifest, witness_server("first", volume / "web.sock", {"--ignore-term"}));
  settings.terminal = terminal.inside();
  Child launcher(settings);
  ASSERT_TRUE(serves(volume / "web.sock", "first")) << terminal.text();
  Terminal another;
  settings = launched("second", manifest, witness_server("second", volume / "web.sock"));
  settings.terminal = another.inside();
  Child newcomer(settings);
  EXPECT_TRUE(terminal.shows("notice: waiting for the web process to end seconds=2 of=5")) << terminal.text();
  EXPECT_TRUE(another.shows("notice: waiting for the predecessor seconds=2 of=30")) << another.text();
  EXPECT_TRUE(serves(volume / "web.sock", "second")) << another.text();
}

TEST(Terminal, KeepsItsForegroundWhenTheLauncherStartsInTheBackground) {
  Terminal terminal;
  Child launcher(on(terminal, {program("witness"), "--report"}, As::background_job));
  ASSERT_TRUE(terminal.shows("ready")) << terminal.text();
  EXPECT_TRUE(terminal.shows("foreground: no")) << terminal.text();
  EXPECT_EQ(terminal.foreground_group(), std::atoi(status_field(launcher.pid(), "PPid").c_str()));
}

}  // namespace
}  // namespace support
