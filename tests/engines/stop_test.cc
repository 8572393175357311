#include <iostream>

#include "tests/engines/shop.h"

namespace engines {
namespace {

struct Stop : UnderEngine {
  static constexpr auto slack = 500ms;  ///< what the engine itself may need
};

}  // namespace

TEST_P(Stop, IsPromptWhenTheWebProcessIs) {
  shop.own_socket();
  Container web(kind(), shop.solinit("prompt"));
  ASSERT_TRUE(shop.serves("prompt")) << web.log();
  EXPECT_LT(web.stop(10s), slack);
  EXPECT_EQ(web.exit_code(), 0) << web.log();
}

TEST_P(Stop, KillsAWebProcessThatIgnoresItWhenGraceIsOver) {
  shop.own_socket("stop: {grace: 1s}\n");
  Container web(kind(), shop.solinit("deaf", {"--ignore-term"}));
  ASSERT_TRUE(shop.serves("deaf")) << web.log();
  const auto took = web.stop(10s);
  std::cout << "measured: " << name_of(kind()) << " stop with a grace of 1 s: " << took.count() << " ms\n";
  EXPECT_GE(took, 1s);
  EXPECT_LT(took, 1s + slack);
  EXPECT_EQ(web.exit_code(), 137) << web.log();
}

TEST_P(Stop, LeavesNoStrayAndLosesNoTimeToThem) {
  shop.own_socket("stop: {grace: 1s}\n");
  const Argv witness = shop.blind("served").command;
  Argv command{"/solinit", "--", "/bin/sh", "-c",
               "i=0; while [ $i -lt 5 ]; do (setsid sh -c 'trap \"\" TERM; while :; do sleep 1000; done' &);"
               " i=$((i + 1)); done; exec \"$0\" \"$@\""};
  command.insert(command.end(), witness.begin(), witness.end());
  Container web(kind(), shop.recipe(command));
  ASSERT_TRUE(shop.serves("served")) << web.log();
  EXPECT_LT(web.stop(10s), 1s + slack);
  EXPECT_EQ(web.exit_code(), 0) << web.log();
}

INSTANTIATE_TEST_SUITE_P(Under, Stop, every_engine, test_name);

}  // namespace engines
