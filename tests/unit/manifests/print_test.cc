#include "manifests/print.h"

#include <gtest/gtest.h>

#include "manifests/parse.h"
#include "tests/unit/manifests/examples.h"
#include "tests/unit/manifests/generated.h"

namespace manifests {
namespace {

void expect_unchanged(const Manifest& manifest) {
  const auto text = print(manifest);
  const auto again = parse(text, "printed");
  ASSERT_TRUE(again) << format(again.error().front()) << "\n" << text;
  EXPECT_EQ(*again, manifest) << text;
  EXPECT_EQ(print(*again), text);
}

TEST(Print, WritesEveryDefaultOut) {
  const auto manifest = parse("version: 1\nowner: shop\nsockets: [{path: /run/web.sock}]\n", "web.yaml").value();
  EXPECT_EQ(print(manifest), R"(version: 1
owner: shop
sockets:
  - path: /run/web.sock
    name: web
    type: stream
    activation: bind
    backlog: 4096
stop:
  signal: TERM
  grace: 8s
restart:
  policy: never
  backoff: 1s
  max_backoff: 30s
  limit: 5/1m
ready:
  when: listening
  timeout: 30s
takeover:
  policy: handover
  order: strict
  drain: 300ms
  patience: 30s
  strangers: evict
inject: false
)");
}

TEST(Print, WritesWhatIsReadAgainAsTheSameManifest) {
  for (const auto& example : examples()) expect_unchanged(parse(example.text, example.path).value());
  expect_unchanged(parse(whole_language(), "whole").value());
}

TEST(Print, WritesWhateverTheLanguageCanSay) {
  std::mt19937 random(3);
  for (int i = 0; i < 1000 && !testing::Test::HasFailure(); ++i) expect_unchanged(generate_manifest(random));
}

TEST(Print, LeavesOutThePartOfAMatchThatIsEmpty) {
  for (const std::string part : {"annotations: {a: b}", "mounts: [/a]"})
    expect_unchanged(parse("version: 1\nowner: shop\npid_files: [/a]\nmatch: {" + part + "}\n", "web.yaml").value());
}

TEST(Print, QuotesWhatYamlWouldTakeForSomethingElse) {
  Manifest manifest;
  manifest.owner = "on";
  manifest.pid_files = {"/run/web.pid"};
  manifest.command = {"yes",  "No",   "null", "~",          "1",  "1.5",  "-1",       "-",           "--", "---",
                      "a: b", "a #b", "#",    "true",       "N",  "0x10", ".5",       "-.inf",       "",   " a",
                      "a ",   "[a]",  "{a}",  "\"quoted\"", "\\", "*a",   "&a",       "!a",          "%a", "@a",
                      "`a",   "?",    ":",    "|",          ">",  "é",    "\xc2\x85", "\xef\xbb\xbf"};
  manifest.command.erase(manifest.command.begin() + 18);
  expect_unchanged(manifest);
  EXPECT_NE(print(manifest).find("owner: \"on\"\ncommand: [\"yes\", \"No\", \"null\", \"~\", \"1\", \"1.5\""),
            std::string::npos)
      << print(manifest);
}

}  // namespace
}  // namespace manifests
