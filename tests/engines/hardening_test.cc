#include <csignal>

#include "tests/engines/shop.h"

namespace engines {
namespace {

/// Serves, is killed, and serves again over what it left: the start and the clearing both meet the hardening.
struct Hardened : UnderEngine {
  void serve_twice(Recipe recipe) {
    Container web(kind(), recipe);
    ASSERT_TRUE(shop.serves("hardened")) << web.log();
    web.kill(SIGKILL);
    ASSERT_EQ(web.exit_code(), 137) << web.log();
    web.start();
    ASSERT_TRUE(shop.serves("hardened")) << web.log();
    EXPECT_LT(web.stop(10s), 5s);
    EXPECT_EQ(web.exit_code(), 0) << web.log();
  }

  Recipe recipe() const {
    shop.own_socket();
    return shop.solinit("hardened");
  }
};

}  // namespace

TEST_P(Hardened, ServesAsAUserWhoOwnsTheVolume) {
  shop.give_volume_to(1000);
  Recipe of_user = recipe();
  of_user.user = "1000";
  serve_twice(of_user);
}

TEST_P(Hardened, SaysThatAUserMayNotWriteTheVolume) {
  Recipe of_user = recipe();
  of_user.user = "1000";
  Container web(kind(), of_user);
  EXPECT_EQ(web.exit_code(), 77) << web.log();
  for (const char* const word : {"/run/web", "give the volume to uid 1000"})
    EXPECT_NE(web.log().find(word), std::string::npos) << web.log();
}

TEST_P(Hardened, ServesOnAReadOnlyRoot) {
  Recipe read_only = recipe();
  read_only.is_read_only = true;
  serve_twice(read_only);
}

TEST_P(Hardened, ServesWithoutCapabilities) {
  Recipe powerless = recipe();
  powerless.drops_capabilities = true;
  serve_twice(powerless);
}

TEST_P(Hardened, ServesWithoutNewPrivileges) {
  Recipe confined = recipe();
  confined.forbids_new_privileges = true;
  serve_twice(confined);
}

TEST_P(Hardened, ServesWithAllOfItInAnEmptyRoot) {
  shop.give_volume_to(1000);
  Recipe all = recipe();
  all.image = "scratch";
  all.user = "1000";
  all.is_read_only = all.drops_capabilities = all.forbids_new_privileges = true;
  serve_twice(all);
}

INSTANTIATE_TEST_SUITE_P(Under, Hardened, every_engine, test_name);

}  // namespace engines
