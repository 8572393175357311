#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "tests/process/init/under_init.h"
#include "tests/support/observer.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tracer.h"

namespace support {
namespace {

/// The launcher under another name, as images that had another init call it.
class Personality : public testing::Test {
 protected:
  Settings called(const std::string& name, const std::vector<std::string>& arguments) const {
    const auto link = dir / name;
    std::error_code is_there;
    std::filesystem::create_symlink(solinit(), link, is_there);
    Settings settings;
    settings.command = {link};
    settings.command.insert(settings.command.end(), arguments.begin(), arguments.end());
    return settings;
  }
  std::vector<std::string> with_witness(std::vector<std::string> options,
                                        const std::vector<std::string>& of_witness) const {
    options.push_back("--");
    options.push_back(program("witness"));
    options.insert(options.end(), of_witness.begin(), of_witness.end());
    return options;
  }

  TempDir dir;
};

TEST_F(Personality, TellsTheEngineThatItIsATini) {
  for (const std::string name : {"tini", "docker-init", "catatonit"}) {
    Child init(called(name, {"--version"}));
    EXPECT_EQ(init.ending(), exited(0)) << name;
    EXPECT_NE(init.out().find("tini version"), std::string::npos) << name << ": " << init.out();
  }
}

TEST_F(Personality, KnowsAllOptionsOfTini) {
  const auto arguments = with_witness({"-s", "-vvv", "-g", "-p", "SIGKILL", "-e", "143", "-e", "7"}, {"--exit", "7"});
  EXPECT_EQ(Child(called("tini", arguments)).ending(), exited(0));
  EXPECT_EQ(Child(called("docker-init", with_witness({}, {"--exit", "7"}))).ending(), exited(7));
}

TEST_F(Personality, OfTiniRemapsTheStatusItIsToldTo) {
  EXPECT_EQ(Child(called("tini", with_witness({"-e", "143"}, {"--die-of", "15"}))).ending(), exited(0));
  EXPECT_EQ(Child(called("tini", with_witness({"-e", "142"}, {"--die-of", "15"}))).ending(), exited(143));
}

TEST_F(Personality, OfTiniSignalsTheGroupWhenAsked) {
  // Both print what they receive; the second ends with the first.
  const std::string script = program("witness") + " & exec " + program("witness") + " --exit-on 10=7";
  Child init(called("tini", {"-g", "--", "/bin/sh", "-c", script}));
  ASSERT_TRUE(wait_until([&] { return init.out().find("ready", 8) != std::string::npos; })) << init.log();
  init.signal(SIGUSR1);
  EXPECT_EQ(init.ending(), exited(7));
  // As in tini nobody waits for the other one: it may print after the end of its init.
  EXPECT_TRUE(wait_until([&] {
    const auto out = init.out();
    const auto first = out.find("\n10\n");
    return first != std::string::npos && out.find("10\n", first + 4) != std::string::npos;
  })) << init.out();
}

TEST_F(Personality, OfTiniAdoptsOrphansOnlyWhenAsked) {
  for (const bool is_asked : {false, true}) {
    const auto marker = dir / (is_asked ? "asked" : "not-asked");
    auto init =
        Child(called("tini", {is_asked ? "-s" : "-v", "--", program("stray_maker"), "--session", "--waits", marker}));
    const pid_t web = init.witness();
    ASSERT_NE(web, 0) << init.log();
    auto strays = alive("stray_maker", marker);
    std::erase(strays, web);
    ASSERT_EQ(strays.size(), 1U);
    const auto expected = std::to_string(is_asked ? init.pid() : getpid());
    EXPECT_TRUE(wait_until([&] { return status_field(strays.front(), "PPid") == expected; }))
        << status_field(strays.front(), "PPid");
  }
}

TEST_F(Personality, OfDumbInitMakesASession) {
  Child init(called("dumb-init", with_witness({}, {"--report", "--exit", "7"})));
  EXPECT_EQ(init.ending(), exited(7)) << init.log();
  EXPECT_NE(init.out().find("session leader: yes"), std::string::npos) << init.out();
  Child single(called("dumb-init", with_witness({"-c"}, {"--report", "--exit", "7"})));
  EXPECT_EQ(single.ending(), exited(7)) << single.log();
  EXPECT_NE(single.out().find("session leader: no"), std::string::npos) << single.out();
}

TEST_F(Personality, OfDumbInitRewritesSignals) {
  Child init(called("dumb-init", with_witness({"-r", "15:2", "--rewrite", "10:0"}, {"--exit-on", "2=7"})));
  ASSERT_NE(init.witness(), 0) << init.log();
  init.signal(SIGUSR1);
  init.signal(SIGUSR2);
  ASSERT_TRUE(init.says("\n12\n"));
  init.signal(SIGTERM);
  EXPECT_EQ(init.ending(), exited(7));
  EXPECT_EQ(init.out().find("\n10\n"), std::string::npos) << init.out();
}

TEST_F(Personality, OfDumbInitStopsTheWebProcessWhenTheTerminalAsks) {
  if (const auto lack = lack_of_namespaces(); !lack.empty()) return skip(lack);
  auto settings = called("dumb-init", with_witness({}, {"--exit-on", "15=7"}));
  settings.as = As::pid_one;
  Child init(settings);
  ASSERT_NE(init.witness(), 0) << init.log();
  const auto web = children_of(init.pid());
  ASSERT_EQ(web.size(), 1U);
  init.signal(SIGTSTP);
  EXPECT_TRUE(wait_until([&] { return status_field(web.front(), "State").starts_with("T"); }));
  init.signal(SIGCONT);
  EXPECT_TRUE(wait_until([&] { return !status_field(web.front(), "State").starts_with("T"); }));
  init.signal(SIGTERM);
  EXPECT_EQ(init.ending(), exited(7));
}

TEST_F(Personality, OfCatatonitPausesWithoutAWebProcess) {
  if (const auto lack = lack_of_namespaces(); !lack.empty()) return skip(lack);
  auto settings = called("catatonit", {"-P"});
  settings.as = As::pid_one;
  Child init(settings);
  // While it waits for a signal the kernel shows none as blocked.
  EXPECT_TRUE(wait_until([&] {
    const bool waits = status_field(init.pid(), "State").starts_with("S");
    return status_field(init.pid(), "Name") == "catatonit" && (waits || blocks(init.pid(), SIGTERM));
  }));
  EXPECT_TRUE(init.runs()) << init.log();
  init.signal(SIGTERM);
  EXPECT_NE(init.ending().kind, Ending::Kind::runs);
}

TEST_F(Personality, OfCatatonitKnowsItsOptions) {
  EXPECT_EQ(Child(called("catatonit", with_witness({"-g"}, {"--exit", "7"}))).ending(), exited(7));
}

}  // namespace
}  // namespace support
