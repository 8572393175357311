#include <csignal>
#include <cstdlib>

#include "tests/engines/shop.h"

namespace engines {
namespace {

struct Entrypoint : UnderEngine {};
struct EngineInit : UnderEngine {};

std::string own_init() { return std::string(std::getenv("SOLINIT_ENGINES")) + "/init"; }

std::string program_of(pid_t pid) { return "/proc/" + std::to_string(pid) + "/exe"; }

}  // namespace

TEST_P(Entrypoint, ServesAsPidOneAndIsSilentWhenAllIsWell) {
  shop.own_socket();
  Container web(kind(), shop.solinit("first"));
  ASSERT_TRUE(shop.serves("first")) << web.log();
  EXPECT_EQ(run({"cmp", program_of(web.pid()), own_init()}).exit_code, 0);
  EXPECT_EQ(shop.web_processes().size(), 1u);
  EXPECT_TRUE(web.log().starts_with("ready (pid: ")) << web.log();
  EXPECT_EQ(web.log().find("solinit"), std::string::npos) << web.log();

  web.stop(10s);
  EXPECT_EQ(web.exit_code(), 0) << web.log();
}

TEST_P(Entrypoint, RunsWithoutManifest) {
  Container web(kind(), shop.recipe({"/solinit", "--", "/bin/sh", "-c", "exit 7"}));
  EXPECT_EQ(web.exit_code(), 7) << web.log();
}

TEST_P(Entrypoint, ReportsTheSignalThatEndedTheWebProcess) {
  shop.own_socket();
  Container web(kind(), shop.solinit("first"));
  ASSERT_TRUE(shop.serves("first")) << web.log();
  for (const pid_t pid : shop.web_processes()) ::kill(pid, SIGKILL);
  EXPECT_EQ(web.exit_code(), 137) << web.log();
}

TEST_P(Entrypoint, SaysInOneLineThatTheCommandIsMissing) {
  Container web(kind(), shop.recipe({"/solinit", "--", "/no/such/program"}));
  EXPECT_EQ(web.exit_code(), 127);
  EXPECT_NE(web.log().find("/no/such/program"), std::string::npos) << web.log();
}

TEST_P(Entrypoint, ServesInARootWithNothingButTheTwoPrograms) {
  shop.own_socket();
  Recipe recipe = shop.solinit("bare");
  recipe.image = "scratch";
  Container web(kind(), recipe);
  ASSERT_TRUE(shop.serves("bare")) << web.log();
  web.kill(SIGKILL);
  ASSERT_EQ(web.exit_code(), 137);
  web.start();
  EXPECT_TRUE(shop.serves("bare")) << web.log();
}

TEST_P(EngineInit, IsSolinitWhenTheEngineIsTold) {
  Recipe recipe = shop.blind("first");
  recipe.has_init = true;
  Container web(kind(), recipe);
  ASSERT_TRUE(shop.serves("first")) << web.log();
  EXPECT_EQ(run({"cmp", program_of(web.pid()), own_init()}).exit_code, 0);
  EXPECT_LT(web.stop(10s), 2s);
  EXPECT_EQ(web.exit_code(), 0) << web.log();
}

TEST_P(EngineInit, OwnsWhatTheManifestNames) {
  shop.own_socket();
  Recipe recipe = shop.blind("first");
  recipe.has_init = true;
  recipe.environment = {"SOLINIT_LOG_FORMAT=json"};
  Container web(kind(), recipe);
  ASSERT_TRUE(shop.serves("first")) << web.log();
  web.kill(SIGKILL);
  ASSERT_EQ(web.exit_code(), 137) << web.log();
  web.start();
  ASSERT_TRUE(shop.serves("first")) << web.log();
  EXPECT_NE(web.log().find("\"what\":\"removed the stale socket\""), std::string::npos) << web.log();
}

TEST_P(EngineInit, ReapsOrphans) {
  Recipe recipe =
      shop.recipe({"/bin/sh", "-c", "i=0; while [ $i -lt 50 ]; do (/bin/true &); i=$((i + 1)); done; exec sleep 1000"});
  recipe.has_init = true;
  Container web(kind(), recipe);
  const auto children = [&] {
    return run({"sh", "-c", "cat /proc/$0/task/*/children", std::to_string(web.pid())}).out;
  };
  const auto one_word = [](const std::string& text) { return !text.empty() && text.find(' ') == text.size() - 1; };
  EXPECT_TRUE(wait_until([&] {
    return web.exec({"/bin/sh", "-c", "grep -q sleep /proc/[0-9]*/comm"}).exit_code == 0 && one_word(children());
  })) << children();
}

INSTANTIATE_TEST_SUITE_P(Under, Entrypoint, every_engine, test_name);
INSTANTIATE_TEST_SUITE_P(Under, EngineInit, with_restart_policy, test_name);

}  // namespace engines
