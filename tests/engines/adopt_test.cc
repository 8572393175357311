#include <functional>
#include <memory>

#include "tests/engines/shop.h"
#include "tests/support/load.h"

namespace engines {
namespace {

/// A blind server is redeployed, each generation a container of its own, under what the engine allows by default and
/// under less.
struct Adopt : UnderEngine {
  /// Two redeploys under load.
  void redeploy(const std::string& order, const std::function<void(Recipe&)>& harden = [](Recipe&) {}) {
    shop.own_socket("takeover: {order: " + order + "}\n", ", activation: adopt");
    std::unique_ptr<Container> last;
    std::unique_ptr<support::Load> load;
    for (int number = 1; number <= 3; ++number) {
      const auto name = "generation" + std::to_string(number);
      auto recipe = shop.solinit(name, {"--unlink-first"});
      harden(recipe);
      auto next = std::make_unique<Container>(kind(), recipe);
      ASSERT_TRUE(shop.serves(name)) << next->log();
      EXPECT_TRUE(!last || last->exit_code() == 0) << last->log();
      EXPECT_EQ(next->log().find("binds its sockets itself"), std::string::npos) << next->log();
      if (!load) load = std::make_unique<support::Load>(shop.on_host("/run/web/web.sock"), 8);
      last = std::move(next);
    }
    load->stop();
    EXPECT_EQ(load->failed(), 0) << load->first_failure() << " of " << load->served() << "\n" << last->log();
    EXPECT_EQ(load->by_server().size(), 3U);
  }
};

}  // namespace

TEST_P(Adopt, IsRedeployedAsRootInStrictOrder) { redeploy("strict"); }
TEST_P(Adopt, IsRedeployedAsRootInOverlap) { redeploy("overlap"); }

TEST_P(Adopt, IsRedeployedAsAUser) {
  shop.give_volume_to(1000);
  redeploy("strict", [](Recipe& recipe) { recipe.user = "1000"; });
}

TEST_P(Adopt, IsRedeployedWithoutCapabilities) {
  redeploy("strict", [](Recipe& recipe) { recipe.drops_capabilities = true; });
}

TEST_P(Adopt, IsRedeployedWithAllHardeningInAnEmptyRoot) {
  shop.give_volume_to(1000);
  redeploy("overlap", [](Recipe& recipe) {
    recipe.image = "scratch";
    recipe.user = "1000";
    recipe.is_read_only = recipe.drops_capabilities = recipe.forbids_new_privileges = true;
  });
}

INSTANTIATE_TEST_SUITE_P(Under, Adopt, every_engine, test_name);

}  // namespace engines
