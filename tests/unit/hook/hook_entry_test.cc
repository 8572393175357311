#include "hook/hook_entry.h"

#include <gtest/gtest.h>

#include "hook/check_options.h"
#include "hook/docker_runtimes.h"

namespace hook {
namespace {

constexpr const char* good =
    R"({"version":"1.0.0","hook":{"path":"/usr/libexec/solinit/solinit-hook","args":["solinit-hook","createRuntime","--timeout","60"],)"
    R"("env":[],"timeout":60},"when":{"always":true},"stages":["createRuntime"]})";

std::string with(std::string from, std::string to) {
  std::string text = good;
  return text.replace(text.find(from), from.size(), to);
}

TEST(HookEntry, IsReadAndFlawless) {
  const auto entry = parse_hook_entry(good, "x.json");
  ASSERT_TRUE(entry) << entry.error().why;
  EXPECT_TRUE(entry->is_ours());
  EXPECT_EQ(flaws_of(*entry), std::vector<std::string>{});
  EXPECT_EQ(why_not_called(*entry, {}), "");
}

TEST(HookEntry, IsRefusedWhereAnEngineWould) {
  for (const auto& text : {std::string("{"), std::string("null"), with("1.0.0", "0.1.0"), with("createRuntime\"]}", "boot\"]}"),
                           with("/usr/libexec", "usr/libexec"), with("\"stages\":[\"createRuntime\"]", "\"stages\":[]")})
    EXPECT_FALSE(parse_hook_entry(text, "x.json")) << text;
}

TEST(HookEntry, HasFlawsThatNobodyElseWouldTell) {
  const auto flaw = [](const std::string& text) {
    const auto flaws = flaws_of(parse_hook_entry(text, "x.json").value());
    return flaws.size() == 1 ? flaws.front() : std::to_string(flaws.size()) + " flaws";
  };
  EXPECT_EQ(flaw(with("stages\":[\"createRuntime\"", "stages\":[\"poststop\"")),
            "args call 'createRuntime' in the stage poststop: write a file for each stage");
  EXPECT_TRUE(flaw(with("\"env\":[],", "")).starts_with("env is missing"));
  EXPECT_TRUE(flaw(with(",\"timeout\":60", "")).starts_with("timeout is missing"));
  EXPECT_EQ(flaw(with("\"timeout\":60", "\"timeout\":5")), "timeout is 5, and --timeout 60: the hook must know its timeout");
}

TEST(HookEntry, IsNotCalledWithoutItsConditions) {
  const auto entry = parse_hook_entry(with("\"always\":true", R"("annotations":{"^io\\.solinit":"^shop$"})"), "x.json").value();
  BundleConfig config;
  EXPECT_NE(why_not_called(entry, config), "");
  config.annotations["io.solinit.owner"] = "shop-web";
  EXPECT_NE(why_not_called(entry, config), "");
  config.annotations["io.solinit.owner"] = "shop";
  EXPECT_EQ(why_not_called(entry, config), "");
}

TEST(HookEntry, IsCalledForACommandThatItAsksFor) {
  const auto entry = parse_hook_entry(with("\"always\":true", R"("commands":["^/bin/web$","gunicorn"])"), "x.json").value();
  BundleConfig config;
  EXPECT_EQ(why_not_called(entry, config), "its when asks for a command ^/bin/web$ or gunicorn");
  config.process.args = {"/bin/website", "/bin/web"};
  EXPECT_EQ(why_not_called(entry, config), "its when asks for a command ^/bin/web$ or gunicorn");
  for (const std::string command : {"/bin/web", "/usr/bin/gunicorn3"}) {
    config.process.args = {command};
    EXPECT_EQ(why_not_called(entry, config), "") << command;
  }
}

TEST(HookEntry, IsNeverCalledWhereItsWhenSaysSo) {
  const auto entry = parse_hook_entry(with("\"always\":true", R"("always":false,"commands":["web"])"), "x.json").value();
  BundleConfig config;
  config.process.args = {"web"};
  EXPECT_EQ(why_not_called(entry, config), "its when says always: false");
}

TEST(DockerRuntimes, AreThoseOfSolinit) {
  const auto found = parse_docker_runtimes(
      R"({"default-runtime":"solinit","runtimes":{"solinit":{"path":"/usr/libexec/solinit/solinit-runc"},"kata":{"path":"/usr/bin/kata"}}})",
      "daemon.json");
  ASSERT_TRUE(found) << found.error().why;
  EXPECT_EQ(*found, (std::vector<DockerRuntime>{{"solinit", "/usr/libexec/solinit/solinit-runc", true}}));
  EXPECT_FALSE(parse_docker_runtimes("[", "daemon.json"));
  EXPECT_FALSE(parse_docker_runtimes("[]", "daemon.json"));
  EXPECT_TRUE(parse_docker_runtimes("{}", "daemon.json")->empty());
}

TEST(CheckOptions, TakeAnnotationsAndMounts) {
  const std::vector<const char*> words{"--annotation", "a=b=c", "--annotation=d=e", "--mount", "/run/web",
                                       "--command", "web"};
  const auto options = parse_check_options(words);
  ASSERT_TRUE(options) << options.error().why;
  EXPECT_EQ(options->container.annotations, (std::map<std::string, std::string>{{"a", "b=c"}, {"d", "e"}}));
  EXPECT_EQ(options->container.mounts.at(0).destination, "/run/web");
  EXPECT_EQ(options->container.process.args, std::vector<std::string>{"web"});
  for (const std::vector<const char*>& wrong :
       std::vector<std::vector<const char*>>{{"x"}, {"--annotation", "x"}, {"--mount", "run"}, {"--mount"}, {"--other", "/x"}})
    EXPECT_FALSE(parse_check_options(wrong)) << wrong.front();
}

}  // namespace
}  // namespace hook
