#include "tests/unit/manifests/examples.h"

#include <gtest/gtest.h>

#include <set>

#include "manifests/parse.h"

namespace manifests {
namespace {

TEST(Examples, AreReadAndAvailable) {
  std::set<std::string> owners;
  for (const auto& example : examples()) {
    const auto manifest = parse(example.text, example.path);
    ASSERT_TRUE(manifest) << format(manifest.error().front());
    EXPECT_FALSE(manifest->command.empty()) << example.path;
    EXPECT_TRUE(owners.insert(manifest->owner).second) << example.path << ": another example has its owner";
    EXPECT_TRUE(example.text.starts_with("# yaml-language-server: $schema=../schema.json\n")) << example.path;
  }
  EXPECT_GE(owners.size(), 8U);
}

TEST(Examples, NameOnlySocketsThatTheyHave) {
  for (const auto& example : examples()) {
    const auto manifest = parse(example.text, example.path).value();
    for (const auto& argument : manifest.command) {
      const auto open = argument.find('{');
      if (open == std::string::npos) continue;
      const auto name = argument.substr(open + 1, argument.find('}') - open - 1);
      EXPECT_EQ(manifest.sockets.at(0).name, name) << example.path;
    }
  }
}

}  // namespace
}  // namespace manifests
