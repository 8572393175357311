#include <sys/socket.h>

#include <boost/json.hpp>
#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/process/init/under_init.h"
#include "tests/support/sockets.h"
#include "tests/support/terminal.h"
#include "tests/support/volume.h"

namespace support {
namespace {

/// What is told of the socket web.sock of the owner "shop", by a solinit beside the test.
struct Status : testing::Test {
  Status() : manifest(volume.manifest_owning("web.sock")) {}

  Settings asking(std::vector<std::string> options) const {
    Settings settings = launched("asker", manifest, {});
    settings.command = {solinit(), "--manifest", manifest};
    settings.command.insert(settings.command.end(), options.begin(), options.end());
    return settings;
  }
  std::string answer(std::vector<std::string> options, int code = 0) const {
    Child asker(asking(std::move(options)));
    EXPECT_EQ(asker.ending(), exited(code)) << asker.log();
    return asker.out();
  }
  boost::json::value place() const { return boost::json::parse(answer({"--status", "--json"})).at("places").at(0); }
  std::string state() const { return place().at("state").as_string().c_str(); }
  std::string explained() const { return answer({"--explain", socket()}); }
  std::string socket() const { return volume / "web.sock"; }

  Volume volume;
  std::string manifest;
};

bool has(const std::string& text, const std::string& piece) { return text.find(piece) != std::string::npos; }

TEST_F(Status, OfAPlaceThatNobodyOwnsIsNothingAndMakesNothing) {
  EXPECT_EQ(state(), "nothing");
  EXPECT_TRUE(has(explained(), "is not there, and nobody owns it")) << explained();
  EXPECT_FALSE(std::filesystem::exists(volume / ".solinit"));
}

TEST_F(Status, TellsWhoServes) {
  Child launcher(launched("c1", manifest, witness_server("first", socket())));
  ASSERT_TRUE(serves(socket(), "first")) << launcher.log();
  ASSERT_TRUE(wait_until([&] { return state() == "serving"; })) << launcher.log();
  const auto seen = place();
  EXPECT_EQ(seen.at("owner"), "shop");
  EXPECT_EQ(seen.at("pid"), launcher.witness());
  EXPECT_TRUE(has(seen.at("command").as_string().c_str(), "witness_server")) << seen;
  EXPECT_EQ(seen.at("container"), "c1");
  EXPECT_EQ(seen.at("generation"), 1);
  EXPECT_EQ(seen.at("restarts"), 0);
  EXPECT_EQ(seen.at("backlog"), 16);
  EXPECT_TRUE(has(explained(), "is served by")) << explained();
  EXPECT_TRUE(has(answer({"--status"}), "\tserving\tshop\t")) << "piped, it has tabs";
}

TEST_F(Status, CountsConnectionsThatWait) {
  Child launcher(launched("c1", manifest, witness_server("first", socket(), {"--no-accept"})));
  ASSERT_TRUE(wait_until([&] { return state() == "serving"; })) << launcher.log();
  const auto one = connect_to(socket(), SOCK_STREAM), two = connect_to(socket(), SOCK_STREAM);
  ASSERT_TRUE(one && two);
  EXPECT_EQ(place().at("waiting"), 2);
}

TEST_F(Status, CountsRestartsAndWhatWasReaped) {
  manifest = volume.manifest_owning("web.sock", "restart: {policy: always, backoff: 10ms}\n");
  Child launcher(launched("c1", manifest, witness_server("first", socket(), {"--unlink-first"})));
  const auto first = launcher.witness();
  ASSERT_NE(first, 0) << launcher.log();
  kill(first, SIGKILL);
  ASSERT_TRUE(wait_until([&] { return state() == "serving" && place().at("restarts") == 1; })) << launcher.log();
  EXPECT_EQ(place().at("reaped"), 1);
  EXPECT_EQ(place().at("event"), boost::json::value("notice: removed the stale socket " + socket() + ": nobody is bound to it"));
}

TEST_F(Status, OfASocketThatAKilledServerLeftIsStale) {
  leave_stale_socket(socket());
  EXPECT_EQ(state(), "stale");
  EXPECT_TRUE(has(explained(), "move it aside, look again, remove it")) << explained();
  EXPECT_EQ(state(), "stale") << "nothing was removed";
}

TEST_F(Status, OfAServerWithoutALeaseNamesTheStranger) {
  Settings settings;
  settings.command = witness_server("blind", socket());
  Child stranger(settings);
  ASSERT_NE(stranger.witness(), 0);
  EXPECT_EQ(state(), "stranger");
  EXPECT_EQ(place().at("pid"), stranger.pid());
  EXPECT_TRUE(has(explained(), "witness_server pid=" + std::to_string(stranger.pid()) + " is bound to it without a lease"))
      << explained();
  EXPECT_EQ(ask(socket()), "blind");
}

TEST_F(Status, OfAFileIsForeign) {
  write_file(socket(), "mine");
  EXPECT_EQ(state(), "foreign");
}

TEST_F(Status, IsUnansweredWhereTheLauncherIsPaused) {
  Child launcher(launched("c1", manifest, witness_server("first", socket())));
  ASSERT_TRUE(serves(socket(), "first")) << launcher.log();
  launcher.signal(SIGSTOP);
  EXPECT_EQ(state(), "unanswered");
  EXPECT_TRUE(has(explained(), "owned by somebody who does not answer")) << explained();
  launcher.signal(SIGCONT);
  EXPECT_TRUE(wait_until([&] { return state() == "serving"; })) << launcher.log();
}

TEST_F(Status, OfANewcomerThatWaitsIsStandingByInItsContainer) {
  Child first(launched("c1", manifest, witness_server("first", socket())));
  ASSERT_TRUE(serves(socket(), "first")) << first.log();
  auto settings = launched("asker", manifest, witness_server("second", socket()));
  settings.command.insert(settings.command.begin() + 1, {"--takeover", "standby"});
  Child second(settings);
  EXPECT_TRUE(wait_until([&] { return state() == "standing by"; })) << second.log();
  EXPECT_TRUE(has(explained(), "the launcher of this container stands by")) << explained();
}

TEST_F(Status, NamesTheParentOfAZombie) {
  Settings settings;
  settings.command = {"/bin/sh", "-c", "true & exec sleep 1000"};
  Child parent(settings);
  ASSERT_TRUE(wait_until([&] { return status_field(parent.pid(), "Name") == "sleep"; }));
  EXPECT_TRUE(wait_until([&] {
    return has(explained(), "its parent sleep (pid " + std::to_string(parent.pid()) + ") lives and has not waited for it");
  })) << explained();
}

TEST_F(Status, IsAlignedOnATerminalAndFollowedThere) {
  Terminal terminal;
  auto settings = asking({"--status", "--watch"});
  settings.terminal = terminal.inside();
  Child watcher(settings);
  EXPECT_TRUE(terminal.shows("PATH  ")) << terminal.text();
  EXPECT_TRUE(terminal.shows("  nothing  shop  "));
  leave_stale_socket(socket());
  EXPECT_TRUE(terminal.shows("  stale  shop  ")) << terminal.text();
  watcher.signal(SIGTERM);
  EXPECT_EQ(watcher.ending(), killed_by(SIGTERM));
}

TEST_F(Status, IsOpenmetricsForItsOwnParser) {
  Child launcher(launched("c1", manifest, witness_server("first", socket())));
  ASSERT_TRUE(wait_until([&] { return state() == "serving"; })) << launcher.log();
  const auto file = volume / "metrics";
  write_file(file, answer({"--status", "--openmetrics"}));
  Settings parser;
  parser.command = {"/usr/bin/python3", "-c",
                    "import sys\nfrom prometheus_client.openmetrics.parser import text_string_to_metric_families as parse\n"
                    "for family in parse(open(sys.argv[1]).read()):\n"
                    "  for sample in family.samples: print(sample.name, sample.value)",
                    file};
  Child parsed(parser);
  EXPECT_EQ(parsed.ending(), exited(0)) << parsed.log();
  EXPECT_TRUE(has(parsed.out(), "solinit_serving 1\n")) << parsed.out();
  EXPECT_TRUE(has(parsed.out(), "solinit_generation 1\n")) << parsed.out();
  EXPECT_TRUE(has(parsed.out(), "solinit_restarts_total 0\n")) << parsed.out();
}

TEST_F(Status, RefusesWhatCannotBeMeantTogether) {
  EXPECT_EQ(answer({"--json"}, 64), "");
  EXPECT_EQ(answer({"--status", "--ready"}, 64), "");
  EXPECT_EQ(answer({"--status", "--json", "--openmetrics"}, 64), "");
  EXPECT_EQ(answer({"--explain", "web.sock"}, 64), "");
  EXPECT_EQ(answer({"--status", "--", "true"}, 64), "");
}

}  // namespace
}  // namespace support
