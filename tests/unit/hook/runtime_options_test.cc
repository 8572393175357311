#include "hook/runtime_options.h"

#include <gtest/gtest.h>

#include <vector>

namespace hook {
namespace {

struct Parsed {
  explicit Parsed(std::vector<const char*> argv) : words(std::move(argv)), result(parse_runtime_options(words)) {}
  std::vector<std::string> arguments() const {
    return result ? std::vector<std::string>(result->arguments.begin(), result->arguments.end())
                  : std::vector<std::string>{"error"};
  }

  std::vector<const char*> words;
  ownership::Result<RuntimeOptions> result;
};

TEST(RuntimeOptions, AreOursUntilTheDashes) {
  const Parsed parsed({"/usr/bin/solinit-hook", "runtime", "--runtime-path", "/opt/runc", "--manifests=/m",
                       "--launcher", "/l", "--", "--manifests", "/x", "create"});
  ASSERT_TRUE(parsed.result);
  EXPECT_EQ(parsed.result->runtime, "/opt/runc");
  EXPECT_EQ(parsed.result->manifests, "/m");
  EXPECT_EQ(parsed.result->launcher, "/l");
  EXPECT_EQ(parsed.arguments(), (std::vector<std::string>{"--manifests", "/x", "create"}));
}

TEST(RuntimeOptions, EndAtTheFirstWordThatIsTheRuntimes) {
  const Parsed parsed({"solinit-hook", "runtime", "--manifests", "/m", "--root", "/r", "create", "--", "c1"});
  EXPECT_EQ(parsed.arguments(), (std::vector<std::string>{"--root", "/r", "create", "--", "c1"}));
  EXPECT_TRUE(Parsed({"solinit-hook", "runtime"}).arguments().empty());
  EXPECT_TRUE(Parsed({"solinit-hook", "runtime", "--"}).arguments().empty());
}

TEST(RuntimeOptions, AreNoneUnderTheNameOfARuntime) {
  const Parsed parsed({"/usr/bin/solinit-crun", "--manifests", "/m", "state", "c1"});
  ASSERT_TRUE(parsed.result);
  EXPECT_EQ(parsed.result->runtime, "crun");
  EXPECT_EQ(parsed.result->manifests, "/etc/solinit/manifests.d");
  EXPECT_EQ(parsed.arguments(), (std::vector<std::string>{"--manifests", "/m", "state", "c1"}));
  EXPECT_EQ(runtime_named_by("solinit-runc"), "runc");
  for (const auto* const name : {"/usr/bin/solinit-hook", "solinit-hook", "solinit", "runc", "", "/solinit-x/hook"})
    EXPECT_EQ(runtime_named_by(name), "") << name;
}

TEST(RuntimeOptions, AreRefusedWhenTheyAreRelativeOrCutOff) {
  const Parsed relative({"solinit-hook", "runtime", "--runtime-path", "runc", "--", "state"});
  ASSERT_FALSE(relative.result);
  EXPECT_EQ(relative.result.error().code, ownership::ExitCode::usage);
  EXPECT_EQ(relative.result.error().why, "a path must be absolute");
  const Parsed cut({"solinit-hook", "runtime", "--manifests"});
  ASSERT_FALSE(cut.result);
  EXPECT_EQ(cut.result.error().why, "its value is missing");
}

}  // namespace
}  // namespace hook
