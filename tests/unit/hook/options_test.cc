#include "hook/options.h"

#include <gtest/gtest.h>

#include <vector>

namespace hook {
namespace {

using ownership::ExitCode;

ownership::Result<StageOptions> parse(std::vector<const char*> words) { return parse_stage_options(words); }

TEST(StageOptions, HaveDefaults) {
  const auto options = parse({});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->manifests, "/etc/solinit/manifests.d");
  EXPECT_EQ(options->timeout, std::chrono::seconds(10));
  EXPECT_EQ(options->report, "");
}

TEST(StageOptions, AreTakenInBothForms) {
  const auto options = parse({"--manifests", "/m", "--report=/r", "--timeout", "5", "--records=/s"});
  ASSERT_TRUE(options) << options.error().why;
  EXPECT_EQ(options->manifests, "/m");
  EXPECT_EQ(options->report, "/r");
  EXPECT_EQ(options->records, "/s");
  EXPECT_EQ(options->timeout, std::chrono::seconds(5));
}

TEST(StageOptions, AreRefusedWithTheReason) {
  for (const std::vector<const char*>& words : std::vector<std::vector<const char*>>{
           {"--manifest", "/m"}, {"--manifests"}, {"--manifests", "m"}, {"--timeout", "0"}, {"--timeout", "5s"}, {"x"}}) {
    const auto options = parse(words);
    ASSERT_FALSE(options) << words.front();
    EXPECT_EQ(options.error().code, ExitCode::usage);
    EXPECT_NE(options.error().why, "");
  }
}

}  // namespace
}  // namespace hook
