#include "hook/bundle_config.h"

#include <gtest/gtest.h>

#include <random>

namespace hook {
namespace {

using ownership::ExitCode;

constexpr const char* whole = R"({
  "ociVersion": "1.0.2-dev",
  "process": {"terminal": true, "user": {"uid": 1000, "gid": 100, "additionalGids": [7]}, "args": ["/bin/web", "-x"],
              "env": ["PATH=/bin", "A="], "cwd": "/srv", "capabilities": {"bounding": ["CAP_KILL"]}},
  "root": {"path": "/var/lib/merged", "readonly": true},
  "hostname": "web",
  "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"},
             {"destination": "/run/web", "source": "/srv/vol", "type": "bind", "options": ["rbind", "rw"]}],
  "annotations": {"io.solinit.owner": "shop", "empty": ""},
  "hooks": {"prestart": [{"path": "/proc/7/exe", "args": ["libnetwork-setkey", "x"]}],
            "poststop": [{"path": "/a", "env": ["B=1"], "timeout": 10}], "ofLater": 7},
  "linux": {"namespaces": [{"type": "pid"}, {"type": "network", "path": "/proc/9/ns/net"}]}
})";

BundleConfig parsed(std::string_view text) {
  auto config = parse_bundle_config(text, "config.json");
  EXPECT_TRUE(config) << config.error().why;
  return config.value_or(BundleConfig{});
}

BundleConfig with_root(const std::string& path) {
  BundleConfig config;
  config.root = path;
  return config;
}

std::string flaw_of(std::string_view text) {
  const auto config = parse_bundle_config(text, "config.json");
  if (config) return "none";
  EXPECT_EQ(config.error().code, ExitCode::bad_input);
  EXPECT_EQ(config.error().what + " " + config.error().object, "cannot understand config.json");
  return config.error().why;
}

std::string nested(int depth) {
  return R"({"root":{"path":"r"},"x":)" + std::string(static_cast<std::size_t>(depth), '[') +
         std::string(static_cast<std::size_t>(depth), ']') + "}";
}

TEST(BundleConfig, HoldsWhatTheHookNeeds) {
  const auto config = parsed(whole);
  EXPECT_EQ(config.root, "/var/lib/merged");
  EXPECT_TRUE(config.is_root_readonly);
  ASSERT_EQ(config.mounts.size(), 2u);
  EXPECT_EQ(config.mounts[1], (ConfigMount{"/run/web", "/srv/vol", "bind", {"rbind", "rw"}}));
  EXPECT_EQ(config.process, (ConfigProcess{{"/bin/web", "-x"}, {"PATH=/bin", "A="}, "/srv", true, 1000, 100}));
  EXPECT_EQ(config.annotations.at("io.solinit.owner"), "shop");
  EXPECT_EQ(config.annotations.at("empty"), "");
  EXPECT_EQ(config.namespaces, (std::vector<ConfigNamespace>{{"pid", ""}, {"network", "/proc/9/ns/net"}}));
  ASSERT_EQ(config.hooks.size(), 2u);
  EXPECT_EQ(config.hooks.at("prestart").at(0).timeout, std::nullopt);
  EXPECT_EQ(config.hooks.at("poststop").at(0), (ConfigHook{"/a", {}, {"B=1"}, 10}));
}

TEST(BundleConfig, NeedsARootPathAlone) {
  EXPECT_EQ(parsed(R"({"root":{"path":"rootfs"}})"), with_root("rootfs"));
  EXPECT_EQ(flaw_of("{}"), "root.path: missing");
  EXPECT_EQ(flaw_of(R"({"root":{"path":""}})"), "root.path: missing");
}

TEST(BundleConfig, TakesNullForAbsent) {
  EXPECT_EQ(parsed(R"({"root":{"path":"r","readonly":null},"mounts":null,"process":null,"annotations":null,
                       "hooks":{"prestart":null},"linux":{"namespaces":null}})"),
            with_root("r"));
}

TEST(BundleConfig, DoesNotMindHowItIsWritten) {
  auto expected = with_root("/a/b");
  expected.process.args = {"sh"};
  EXPECT_EQ(parsed(R"({"root":{"path":"\/a\/b"},"process":{"args":["\u0073h"]}})"), expected);
}

TEST(BundleConfig, NamesTheFirstPlaceThatIsWrong) {
  EXPECT_EQ(flaw_of("null"), "not an object");
  EXPECT_EQ(flaw_of("[]"), "not an object");
  EXPECT_EQ(flaw_of(R"({"root":7})"), "root: not an object");
  EXPECT_EQ(flaw_of(R"({"root":{"path":7}})"), "root.path: not a text");
  EXPECT_EQ(flaw_of(R"({"root":{"path":"a\u0000b"}})"), "root.path: holds a NUL");
  EXPECT_EQ(flaw_of(R"({"root":{"path":"r","readonly":1}})"), "root.readonly: neither true nor false");
  EXPECT_EQ(flaw_of(R"({"root":{"path":"r"},"mounts":{}})"), "mounts: not a list");
  EXPECT_EQ(flaw_of(R"({"root":{"path":"r"},"mounts":[{"destination":"/a"},{}]})"), "mounts[1].destination: missing");
  EXPECT_EQ(flaw_of(R"({"root":{"path":"r"},"mounts":[{"destination":"/a","options":["a",1]}]})"),
            "mounts[0].options[1]: not a text");
  EXPECT_EQ(flaw_of(R"({"root":{"path":"r"},"mounts":["/a"]})"), "mounts[0]: not an object");
  EXPECT_EQ(flaw_of(R"({"root":{"path":"r"},"annotations":{"a":1}})"), "annotations.a: not a text");
  EXPECT_EQ(flaw_of(R"({"root":{"path":"r"},"annotations":[]})"), "annotations: not an object");
  EXPECT_EQ(flaw_of(R"({"root":{"path":"r"},"linux":{"namespaces":[{}]}})"), "linux.namespaces[0].type: missing");
  EXPECT_EQ(flaw_of(R"({"root":{"path":"r"},"hooks":{"poststop":[{"timeout":"9"}]}})").substr(0, 33),
            "hooks.poststop[0].timeout: not a ");
  EXPECT_EQ(flaw_of(R"({"root":{"path":"r"},"process":{"user":{"uid":-1}}})"),
            "process.user.uid: not a number from 0 to 4294967295");
  EXPECT_EQ(flaw_of(R"({"root":{"path":"r"},"process":{"user":{"uid":1.5}}})"),
            "process.user.uid: not a number from 0 to 4294967295");
}

TEST(BundleConfig, HasLimits) {
  EXPECT_EQ(flaw_of(nested(31)), "none");
  EXPECT_TRUE(flaw_of(nested(32)).starts_with("not JSON: ")) << flaw_of(nested(32));
  EXPECT_TRUE(flaw_of(nested(100'000)).starts_with("not JSON: "));
  const std::string fits = R"({"root":{"path":"r"}})";
  EXPECT_EQ(flaw_of(fits + std::string(longest_config - fits.size(), ' ')), "none");
  EXPECT_EQ(flaw_of(fits + std::string(longest_config - fits.size() + 1, ' ')), "larger than 1024 KiB");
}

TEST(BundleConfig, RefusesWhatIsNotJson) {
  for (const std::string text : {"", "{", "{\"root\":{\"path\":\"r\"}} x", "\xff", "{'root': 1}",
                                 "{\"root\":{\"path\":\"\xff\"}}", "{\"root\":{\"path\":\"r\"},}"})
    EXPECT_TRUE(flaw_of(text).starts_with("not JSON: ")) << text << ": " << flaw_of(text);
}

TEST(BundleConfig, AnswersToAnyMutation) {
  std::mt19937 random(20'240'229);
  const std::string_view pieces = "{}[]\",:\\0-9nulltrue\xff \n";
  int understood = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string text = whole;
    for (int edits = 1 + static_cast<int>(random() % 4); edits > 0; --edits) {
      const auto at = random() % text.size();
      const auto piece = pieces[random() % pieces.size()];
      switch (random() % 3) {
        case 0:
          text[at] = piece;
          break;
        case 1:
          text.insert(at, 1, piece);
          break;
        default:
          text.erase(at, 1 + random() % 8);
      }
    }
    const auto config = parse_bundle_config(text, "config.json");
    understood += config ? 1 : 0;
    EXPECT_FALSE(config ? config->root.empty() : config.error().why.empty());
  }
  EXPECT_GT(understood, 1000);
  EXPECT_LT(understood, 19'000);
}

}  // namespace
}  // namespace hook
