#include "hook/config_edit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace hook {
namespace {

const ConfigHook settle{"/usr/libexec/solinit/solinit-hook", {"solinit-hook", "createRuntime"}, {"PATH=/bin"}, 10};
const ConfigHook sweep{"/usr/libexec/solinit/solinit-hook", {"solinit-hook", "poststop"}, {}, 10};
const ConfigMount launcher{"/dev/.solinit/solinit", "/usr/libexec/solinit/solinit", "bind", {"bind", "ro"}};

ConfigEdit hooks_alone() { return {{{"createRuntime", settle}, {"poststop", sweep}}, {}}; }
ConfigEdit whole() {
  auto edit = hooks_alone();
  edit.injection = Injection{{launcher}, {"/dev/.solinit/solinit", "--"}};
  return edit;
}

std::string edited(const std::string& text, const ConfigEdit& edit) {
  const auto result = edit_config(text, "config.json", edit);
  EXPECT_TRUE(result) << result.error().why;
  return result && *result ? **result : "unchanged";
}

BundleConfig parsed(const std::string& text) {
  const auto config = parse_bundle_config(text, "config.json");
  EXPECT_TRUE(config) << config.error().why << ": " << text;
  return config.value_or(BundleConfig{});
}

TEST(ConfigEdit, AddsWhatIsNotThere) {
  EXPECT_EQ(edited(R"({"root":{"path":"r"}})", {{{"poststop", sweep}}, {}}),
            R"({"root":{"path":"r"},"hooks":{"poststop":[{"path":"/usr/libexec/solinit/solinit-hook",)"
            R"("args":["solinit-hook","poststop"],"env":[],"timeout":10}]}})"
            "\n");
  const auto config = parsed(edited(R"({"root":{"path":"r"},"hooks":null,"mounts":null})", whole()));
  EXPECT_EQ(config.hooks.at("createRuntime"), std::vector{settle});
  EXPECT_EQ(config.mounts, std::vector{launcher});
}

TEST(ConfigEdit, KeepsWhatIsThereInItsOrder) {
  const std::string docker =
      R"({"ociVersion":"1.0.2-dev","process":{"args":["/bin/web","-x"],"rlimits":[{"hard":9}]},)"
      R"("root":{"path":"/m"},"mounts":[{"destination":"/a","source":"/b"}],"hooks":{)"
      R"("prestart":[{"path":"/proc/7/exe","args":["libnetwork-setkey"]}],)"
      R"("poststop":[{"path":"/other"}]},"linux":{"resources":{"cpu":{"shares":18446744073709551615}},)"
      R"("x":-9223372036854775808,"unheard":[true,null,"\u00e9\"\n"]}})";
  auto text = edited(docker, whole());
  const auto config = parsed(text);
  EXPECT_EQ(config.hooks.at("prestart").at(0).path, "/proc/7/exe");
  ASSERT_EQ(config.hooks.at("poststop").size(), 2u);
  EXPECT_EQ(config.hooks.at("poststop")[0].path, "/other");
  EXPECT_EQ(config.hooks.at("poststop")[1], sweep);
  EXPECT_EQ(config.process.args, (std::vector<std::string>{"/dev/.solinit/solinit", "--", "/bin/web", "-x"}));
  ASSERT_EQ(config.mounts.size(), 2u);
  EXPECT_EQ(config.mounts[0].destination, "/a");
  for (const std::string kept :
       {R"("rlimits":[{"hard":9}])", R"({"cpu":{"shares":18446744073709551615}})", R"("x":-9223372036854775808)",
        "\"unheard\":[true,null,\"\xc3\xa9\\\"\\n\"]", R"({"ociVersion":"1.0.2-dev","process":{)"})
    EXPECT_NE(text.find(kept), std::string::npos) << kept << " in " << text;
}

TEST(ConfigEdit, DoesNotAddAHookTwice) {
  const auto once = edited(R"({"root":{"path":"r"}})", hooks_alone());
  EXPECT_EQ(edited(once, hooks_alone()), "unchanged");
  auto moved = hooks_alone();
  for (auto& [stage, hook] : moved.hooks) hook.path = "/opt/solinit-hook";
  EXPECT_EQ(edited(once, moved), "unchanged");
  EXPECT_NE(edited(R"({"root":{"path":"r"},"hooks":{"poststop":[{"path":"/opt/other","args":["a","poststop"]},
                       {"path":"/opt/solinit-hook"},{},{"path":"/opt/solinit-hook","args":["solinit-hook"]}]}})",
                   {{{"poststop", sweep}}, {}}),
            "unchanged");
}

TEST(ConfigEdit, TakesNoHookForItsOwnThatIsNotWellFormed) {
  for (const std::string entry : {R"({"path":7})", R"({"path":"/h/solinit-hook","args":"poststop"})",
                                  R"({"path":"/h/solinit-hook","args":null})",
                                  R"({"path":"/h/solinit-hook","args":["solinit-hook",7]})"})
    EXPECT_NE(edited(R"({"hooks":{"poststop":[)" + entry + "]}}", {{{"poststop", sweep}}, {}}), "unchanged") << entry;
}

TEST(ConfigEdit, AddsAHookWithoutStageOrTimeoutEachTime) {
  const ConfigHook bare{"/h", {"h"}, {}, {}};
  const auto once = edited("{}", {{{"poststop", bare}}, {}});
  EXPECT_EQ(once, R"({"hooks":{"poststop":[{"path":"/h","args":["h"],"env":[]}]}})" "\n");
  EXPECT_NE(edited(R"({"hooks":{"poststop":[{"path":"/h","args":["h","poststop"]}]}})", {{{"poststop", bare}}, {}}),
            "unchanged");
}

TEST(ConfigEdit, DoesNotCoverAMountThatIsThere) {
  const auto config = parsed(
      edited(R"({"root":{"path":"r"},"mounts":[{"destination":"/dev/.solinit/solinit","source":"/mine"}]})", whole()));
  ASSERT_EQ(config.mounts.size(), 1u);
  EXPECT_EQ(config.mounts[0].source, "/mine");
}

TEST(ConfigEdit, RefusesWhatIsNotJson) {
  const auto result = edit_config("{", "/b/config.json", whole());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ownership::ExitCode::bad_input);
  EXPECT_EQ(result.error().object, "/b/config.json");
}

/// What may be understood may be edited, and then holds all that it held and what was added.
TEST(ConfigEdit, HoldsWhateverIsUnderstood) {
  const std::string original =
      R"({"process":{"args":["/web"],"user":{"uid":7}},"root":{"path":"r"},"mounts":[{"destination":"/a"}],)"
      R"("annotations":{"a":"b"},"hooks":{"prestart":[{"path":"/p","timeout":3}],"createRuntime":[],"poststop":null},)"
      R"("linux":{"namespaces":[{"type":"pid"}]}})";
  std::mt19937 random(7);
  const std::string_view pieces = "{}[]\",:\\0nulltrue\xff ";
  int understood = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string text = original;
    for (int edits = 1 + static_cast<int>(random() % 3); edits > 0; --edits) {
      const auto at = random() % text.size();
      if (random() % 2 == 0)
        text[at] = pieces[random() % pieces.size()];
      else
        text.erase(at, 1 + random() % 12);
    }
    const auto before = parse_bundle_config(text, "config.json");
    if (!before) continue;
    ++understood;
    const auto result = edit_config(text, "config.json", whole());
    ASSERT_TRUE(result && *result) << text;
    const auto after = parsed(**result);
    EXPECT_EQ(after.root, before->root) << text;
    EXPECT_EQ(after.annotations, before->annotations) << text;
    EXPECT_EQ(after.namespaces, before->namespaces) << text;
    EXPECT_EQ(after.hooks.contains("prestart"), before->hooks.contains("prestart")) << text;
    EXPECT_EQ(after.hooks.at("createRuntime").back(), settle) << text;
    ASSERT_EQ(after.process.args.size(), before->process.args.size() + 2) << text;
    EXPECT_TRUE(std::equal(before->process.args.begin(), before->process.args.end(), after.process.args.begin() + 2));
    EXPECT_EQ(after.mounts.size(), before->mounts.size() + 1) << text;
  }
  EXPECT_GT(understood, 1000);
}

}  // namespace
}  // namespace hook
