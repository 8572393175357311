#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hook/bundle_config.h"
#include "tests/support/child.h"
#include "tests/support/programs.h"
#include "tests/support/requirement.h"
#include "tests/support/temp_dir.h"

namespace support {
namespace {

struct Precreate : testing::Test {
  void SetUp() override {
    if (geteuid() != 0) return skip("not root: no manifest here can belong to root");
    chmod(manifests.path().c_str(), 0755);
    write_file(place / "launcher", "");
    chmod((place / "launcher").c_str(), 0755);
    write_file(manifests / "web.yaml",
               "version: 1\nowner: shop\nsockets: [{path: /run/web/web.sock}]\n"
               "match: {annotations: {io.solinit.owner: shop}}\ninject: true\n");
    chmod((manifests / "web.yaml").c_str(), 0644);
  }

  /// By a shell, for its redirections.
  Child given(const std::string& text) const {
    write_file(place / "in", text);
    Settings settings;
    settings.command = {"/bin/sh",
                        "-c",
                        "exec \"$0\" precreate --manifests \"$1\" --launcher \"$2\" <\"$3\"",
                        solinit_hook(),
                        manifests.path(),
                        place / "launcher",
                        place / "in"};
    Child child(settings);
    EXPECT_EQ(child.ending(), exited(0)) << child.log();
    return child;
  }

  TempDir place, manifests;
};

std::string config_of(const std::string& owner) {
  return R"({"root":{"path":"r"},"process":{"args":["web"]},"annotations":{"io.solinit.owner":")" + owner +
         R"("},"linux":{"namespaces":[{"type":"pid"}]},"unheard":[1]})";
}

TEST_F(Precreate, GivesBackAConfigurationWithTheLauncher) {
  auto child = given(config_of("shop"));
  EXPECT_EQ(child.log(), "");
  const auto config = hook::parse_bundle_config(child.out(), "out");
  ASSERT_TRUE(config) << child.out();
  EXPECT_EQ(config->process.args.back(), "web");
  EXPECT_EQ(config->process.args.front(), "/.solinit/solinit");
  EXPECT_TRUE(config->hooks.empty());
  EXPECT_NE(child.out().find("\"unheard\":[1]"), std::string::npos);
}

TEST_F(Precreate, GivesBackWhatItHasNothingToAddTo) {
  for (const auto& text : {config_of("other"), "\n " + config_of("other") + "\n\n"}) {
    auto child = given(text);
    EXPECT_EQ(child.out(), text);
    EXPECT_EQ(child.log(), "");
  }
}

TEST_F(Precreate, GivesBackWhatItDoesNotUnderstandWithAWarning) {
  for (const auto& text : {std::string("{"), std::string(""), config_of("shop") + std::string(3 << 20, ' ')}) {
    auto child = given(text);
    EXPECT_EQ(child.out(), text);
    EXPECT_TRUE(child.log().starts_with("solinit-hook: warning: cannot understand the configuration: ")) << child.log();
  }
}

}  // namespace
}  // namespace support
