#include <csignal>
#include <iostream>

#include "tests/engines/shop.h"
#include "tests/support/load.h"

namespace engines {
namespace {

struct Takeover : UnderEngine {};
struct Superseded : UnderEngine {};

using Clock = std::chrono::steady_clock;

auto milliseconds_since(Clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start).count();
}

bool is_refused(Container& web, const Container& holder) {
  EXPECT_EQ(web.exit_code(), 75) << web.log();
  const std::string log = web.log();
  for (const std::string& word : {std::string("held by shop-web"), "container=" + holder.id(), std::string("since=")})
    EXPECT_NE(log.find(word), std::string::npos) << "no \"" << word << "\" in: " << log;
  return true;
}

}  // namespace

TEST_P(Takeover, StandsByUntilTheFirstDies) {
  shop.own_socket("takeover: {policy: standby}\n");
  Container first(kind(), shop.solinit("first"));
  ASSERT_TRUE(shop.serves("first")) << first.log();
  Container second(kind(), shop.solinit("second"));
  ASSERT_TRUE(wait_until([&] { return !second.log().empty(); })) << "says nothing while it stands by";
  ASSERT_EQ(shop.answer(), "first");
  ASSERT_EQ(shop.web_processes().size(), 1u);

  const Observer observer(shop.mark());
  const auto killed = Clock::now();
  first.kill(SIGKILL);
  ASSERT_TRUE(shop.serves("second")) << second.log();
  std::cout << "measured: from SIGKILL of the first container to the first answer of the second under "
            << name_of(kind()) << ": " << milliseconds_since(killed) << " ms\n";
  EXPECT_LE(observer.most_at_once(), 1u);
  EXPECT_EQ(first.exit_code(), 137);
}

TEST_P(Takeover, StandsByUntilTheFirstIsStopped) {
  shop.own_socket("takeover: {policy: standby}\n");
  Container first(kind(), shop.solinit("first"));
  ASSERT_TRUE(shop.serves("first")) << first.log();
  Container second(kind(), shop.solinit("second"));
  ASSERT_TRUE(wait_until([&] { return !second.log().empty(); }));
  first.stop(10s);
  EXPECT_EQ(first.exit_code(), 0) << first.log();
  EXPECT_TRUE(shop.serves("second")) << second.log();
  EXPECT_TRUE(second.is_running());
}

TEST_P(Takeover, LetsAStandbyBeStopped) {
  shop.own_socket("takeover: {policy: standby}\n");
  Container first(kind(), shop.solinit("first"));
  ASSERT_TRUE(shop.serves("first")) << first.log();
  Container second(kind(), shop.solinit("second"));
  ASSERT_TRUE(wait_until([&] { return !second.log().empty(); }));
  EXPECT_LT(second.stop(10s), 5s);
  EXPECT_EQ(shop.answer(), "first");
}

TEST_P(Takeover, IsRefusedWithTheHoldersNameContainerAndAge) {
  shop.own_socket("takeover: {policy: refuse}\n");
  Container first(kind(), shop.solinit("first"));
  ASSERT_TRUE(shop.serves("first")) << first.log();
  Container second(kind(), shop.solinit("second"));
  EXPECT_TRUE(is_refused(second, first));
  EXPECT_EQ(shop.answer(), "first");
}

TEST_P(Takeover, LeavesAStrangerInAnotherContainerAlone) {
  shop.own_socket();
  Container stranger(kind(), shop.blind("stranger"));
  ASSERT_TRUE(shop.serves("stranger")) << stranger.log();
  Container web(kind(), shop.solinit("web"));
  EXPECT_EQ(web.exit_code(), 75) << web.log();
  EXPECT_EQ(shop.answer(), "stranger");
  EXPECT_TRUE(stranger.is_running());
}

TEST_P(Superseded, StandsByWhenItsEngineStartsItAgain) {
  shop.own_socket();
  Recipe recipe = shop.solinit("first");
  recipe.restarts_always = true;
  Container first(kind(), recipe);
  ASSERT_TRUE(shop.serves("first")) << first.log();
  const pid_t before = first.pid();

  const Observer observer(shop.mark());
  Container second(kind(), shop.solinit("second"));
  ASSERT_TRUE(shop.serves("second")) << second.log();
  ASSERT_TRUE(wait_until([&] { return first.pid() > 0 && first.pid() != before; })) << first.log();
  // Many looks after its restart it has still not taken the socket back.
  const long looks = observer.looks();
  ASSERT_TRUE(wait_until([&] { return observer.looks() > looks + 200; }));
  EXPECT_EQ(shop.answer(), "second") << first.log();
  EXPECT_TRUE(second.is_running());

  second.kill(SIGKILL);
  EXPECT_TRUE(shop.serves("first")) << first.log();
  EXPECT_LE(observer.most_at_once(), 1u);
}

/// AtEachMessage.* holds one launcher at each word that it says; here an engine freezes a whole container.
TEST_P(Takeover, OutlastsAPauseOfThePredecessorWithoutAFailedRequest) {
  shop.own_socket("", ", activation: inherit");
  Container first(kind(), shop.solinit("first", {"--inherit"}));
  ASSERT_TRUE(shop.serves("first")) << first.log();
  const Observer observer(shop.mark());
  support::Load load(shop.on_host(socket_path), 4);
  first.pause();
  Container second(kind(), shop.solinit("second", {"--inherit"}));
  // It has asked, and waits.
  const auto end = Clock::now() + 500ms;
  wait_until([&] { return Clock::now() >= end; });
  first.resume();
  EXPECT_TRUE(shop.serves("second")) << second.log() << first.log();
  EXPECT_EQ(first.exit_code(), 0) << first.log();
  load.stop();
  EXPECT_EQ(load.failed(), 0) << load.first_failure();
  EXPECT_EQ(observer.most_at_once(), 1u);
}

TEST_P(Takeover, OutlastsAPauseOfTheNewcomerWithoutAFailedRequest) {
  shop.own_socket("", ", activation: inherit");
  Container first(kind(), shop.solinit("first", {"--inherit"}));
  ASSERT_TRUE(shop.serves("first")) << first.log();
  const Observer observer(shop.mark());
  support::Load load(shop.on_host(socket_path), 4);
  Container second(kind(), shop.solinit("second", {"--inherit"}));
  second.pause();
  const auto end = Clock::now() + 500ms;
  wait_until([&] { return Clock::now() >= end; });
  second.resume();
  EXPECT_TRUE(shop.serves("second")) << second.log() << first.log();
  EXPECT_EQ(first.exit_code(), 0) << first.log();
  load.stop();
  EXPECT_EQ(load.failed(), 0) << load.first_failure();
  EXPECT_EQ(observer.most_at_once(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Under, Takeover, every_engine, test_name);
INSTANTIATE_TEST_SUITE_P(Under, Superseded, with_restart_policy, test_name);

}  // namespace engines
