#include "hook/stage_entry.h"

#include <gtest/gtest.h>

#include "hook/host_manifests.h"

using namespace hook;

namespace {

using Arguments = std::vector<std::string>;

TEST(StageEntries, HaveAnEnvironmentOfTheirOwnAndATimeout) {
  const auto entries = stage_entries("/usr/libexec/solinit/solinit-hook", host_manifests);
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].first, "createRuntime");
  EXPECT_EQ(entries[1].first, "poststop");
  for (const auto& [stage, entry] : entries) {
    EXPECT_EQ(entry.path, "/usr/libexec/solinit/solinit-hook");
    EXPECT_EQ(entry.args, (Arguments{"solinit-hook", stage, "--timeout", "60"}));
    EXPECT_EQ(entry.env, Arguments{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"});
    EXPECT_EQ(entry.timeout, stage_timeout);
  }
}

TEST(StageEntries, NameOtherManifestsThanTheUsual) {
  for (const auto& [stage, entry] : stage_entries("/hook", "/srv/manifests.d"))
    EXPECT_EQ(entry.args, (Arguments{"solinit-hook", stage, "--timeout", "60", "--manifests", "/srv/manifests.d"}));
}

}  // namespace
