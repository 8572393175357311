#include "manifests/parse.h"

#include <gtest/gtest.h>

#include "tests/unit/manifests/examples.h"

namespace manifests {
namespace {

using namespace std::chrono_literals;

std::string messages(const std::vector<Complaint>& complaints) {
  std::string all;
  for (const auto& complaint : complaints) all += format(complaint) + "\n";
  return all;
}

Manifest parsed(std::string_view text) {
  auto manifest = parse(text, "web.yaml");
  EXPECT_TRUE(manifest) << messages(manifest.error());
  return manifest.value_or(Manifest{});
}

TEST(Parse, GivesEveryDefaultToTheSmallestManifest) {
  Manifest expected;
  expected.owner = "shop-web";
  expected.sockets.push_back({.path = "/run/shop/web.sock", .name = "web", .mode = {}, .user = {}, .group = {}});
  EXPECT_EQ(parsed("version: 1\nowner: shop-web\nsockets: [{path: /run/shop/web.sock}]\n"), expected);
}

TEST(Parse, NeedsNoSocketWhereThereIsAPidFile) {
  Manifest expected;
  expected.owner = "shop-rails";
  expected.pid_files = {"/app/tmp/pids/server.pid"};
  EXPECT_EQ(parsed("version: 1\nowner: shop-rails\npid_files: [/app/tmp/pids/server.pid]\n"), expected);
}

TEST(Parse, ReadsEveryKeyOfTheLanguage) {
  Manifest expected;
  expected.owner = "shop-web";
  expected.command = {"gunicorn", "shop.wsgi", "--bind", "unix:{web}", "--workers", "4"};
  expected.sockets = {
      {"/run/shop/web.sock", "web", SocketType::stream, Activation::adopt, 0660, "33", "www-data", 4096},
      {"/run/shop/log.sock", "log", SocketType::dgram, Activation::inherit, {}, "", "", 4096}};
  expected.pid_files = {"/run/shop/web.pid"};
  expected.stop = {SIGQUIT, 9s};
  expected.restart = {RestartPolicy::on_failure, 2s, 60s, 7, 90s, SIGHUP};
  expected.ready = {ReadyWhen::http, "/healthz", 45s};
  expected.takeover = {TakeoverPolicy::standby, TakeoverOrder::overlap, 500ms, 1h, StrangerPolicy::refuse};
  expected.match = Match{{{"io.solinit.owner", "shop-web"}, {"port", "80"}}, {"/run/shop"}};
  expected.inject = true;
  EXPECT_EQ(parsed(whole_language()), expected);
}

TEST(Parse, TakesJsonCrLfAByteOrderMarkAndOneDocumentMark) {
  const auto expected = parsed("version: 1\nowner: shop\nsockets:\n- path: /run/web.sock\n");
  EXPECT_EQ(parsed(R"({"version": 1, "owner": "shop", "sockets": [{"path": "/run/web.sock"}]})"), expected);
  EXPECT_EQ(parsed("version: 1\r\nowner: shop\r\nsockets:\r\n- path: /run/web.sock\r\n"), expected);
  EXPECT_EQ(parsed("\xef\xbb\xbfversion: 1\nowner: shop\nsockets:\n- path: /run/web.sock\n"), expected);
  EXPECT_EQ(parsed("%YAML 1.2\n---\nversion: 1\nowner: shop\nsockets:\n- path: /run/web.sock\n...\n"), expected);
  EXPECT_EQ(parsed("version: 1\nowner: shop\nsockets:\n- path: /run/web.sock"), expected);
  EXPECT_EQ(parsed("version:\t1\nowner:\tshop\t\nsockets:\n- path:\t/run/web.sock\n"), expected);
}

struct Reading {
  std::string text;
  std::string path, name;
};

TEST(Parse, NormalisesPathsAndNamesSocketsByThem) {
  const std::vector<Reading> readings{
      {"/run/web.sock", "/run/web.sock", "web"},
      {"//run///web.sock", "/run/web.sock", "web"},
      {"/./run/././web.sock", "/run/web.sock", "web"},
      {"/run/shop.web.sock", "/run/shop.web.sock", "shop.web"},
      {"/run/web", "/run/web", "web"},
      {"/run/.web", "/run/.web", ".web"},
      {"/run/...", "/run/...", ".."},
      {"/r\xc3\xbcn/web.sock", "/r\xc3\xbcn/web.sock", "web"},
      {"/" + std::string(50, '/') + std::string(99, 'a') + "/b.sock", "/" + std::string(99, 'a') + "/b.sock", "b"},
  };
  for (const auto& reading : readings) {
    const auto manifest = parsed("version: 1\nowner: shop\nsockets: [{path: \"" + reading.text + "\"}]\n");
    ASSERT_EQ(manifest.sockets.size(), 1U);
    EXPECT_EQ(manifest.sockets[0].path, reading.path);
    EXPECT_EQ(manifest.sockets[0].name, reading.name);
  }
}

TEST(Parse, TakesTheLongestOfEverything) {
  const auto path = "/run/" + std::string(102, 'w');
  auto manifest = parsed("version: 1\nowner: " + std::string(63, 'o') + "\nsockets: [{path: " + path +
                         ", name: " + std::string(255, 'n') + ", backlog: 2147483647}]\n");
  EXPECT_EQ(manifest.sockets.at(0).path.size(), 107U);
  std::string many = "version: 1\nowner: shop\npid_files:\n";
  for (int i = 0; i < 64; ++i) many += "- /run/" + std::to_string(i) + ".pid\n";
  EXPECT_EQ(parsed(many).pid_files.size(), 64U);
  std::string arguments = "version: 1\nowner: shop\npid_files: [/run/web.pid]\ncommand: [a";
  for (int i = 1; i < 4096; ++i) arguments += ",a";
  EXPECT_EQ(parsed(arguments + "]\n").command.size(), 4096U);
}

TEST(Parse, KeepsTextAsItIsWritten) {
  const auto manifest = parsed(
      "version: 1\nowner: 123\npid_files: [/run/web.pid]\ncommand:\n"
      "- 1.10\n- 0x10\n- 'it''s'\n- \"a\\n\\xe9\"\n- yes\n- \"true\"\n- -1\n- |\n  two\n  lines\n- folded\n  line\n");
  EXPECT_EQ(manifest.owner, "123");
  EXPECT_EQ(manifest.command, (std::vector<std::string>{"1.10", "0x10", "it's", "a\n\xc3\xa9", "yes", "true", "-1",
                                                        "two\nlines\n", "folded line"}));
}

}  // namespace
}  // namespace manifests
