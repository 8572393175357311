#include <sys/stat.h>

#include <filesystem>
#include <functional>

#include "tests/process/hook/staged.h"
#include "tests/support/programs.h"
#include "tests/support/volume.h"

namespace support {
namespace {

/// A host with the entry of hooks.d and one manifest, as the package and an operator leave it. No engine is needed.
struct HookCheck : Staged {
  void SetUp() override {
    Staged::SetUp();
    if (IsSkipped()) return;
    std::filesystem::create_directories(place_ / "hooks.d");
    hook(entry(solinit_hook()));
    own();
  }

  static std::string entry(const std::string& program, const std::string& when = R"("always":true)",
                           const std::string& more = R"(,"env":[],"timeout":10)") {
    return R"({"version":"1.0.0","hook":{"path":")" + program + R"(","args":["solinit-hook","createRuntime"])" + more +
           R"(},"when":{)" + when + R"(},"stages":["createRuntime"]})";
  }
  void hook(const std::string& text, const std::string& name = "50-solinit.json") const {
    write_file(place_ / "hooks.d/" + name, text);
  }
  void docker(const std::string& text) const { write_file(place_ / "daemon.json", text); }

  Child check(const std::vector<std::string>& container = {"--annotation", "io.solinit.owner=shop"}) const {
    Settings settings;
    settings.command = {solinit_hook(),  "check",  "--manifests",     place_ / "manifests",
                        "--hooks-dir", place_ / "hooks.d", "--docker-config", place_ / "daemon.json"};
    settings.command.insert(settings.command.end(), container.begin(), container.end());
    Child program(settings);
    program.ending(30s);
    return program;
  }

  std::string hook_line(const std::string& what) const { return "hook      " + (place_ / "hooks.d/50-solinit.json: ") + what + "\n"; }
  std::string manifest_line(const std::string& what) const {
    return "manifest  " + (place_ / "manifests/shop.yaml: owner shop: ") + what + "\n";
  }
};

TEST_F(HookCheck, SaysWhoIsCalledAndWhoActs) {
  auto program = check();
  EXPECT_EQ(program.ending(), exited(0)) << program.log();
  EXPECT_EQ(program.out(), hook_line("called in createRuntime") + manifest_line("acts"));
  EXPECT_EQ(program.log(), "");
}

TEST_F(HookCheck, SaysWhyNot) {
  auto without = check({});
  EXPECT_EQ(without.ending(), exited(0)) << without.log();
  EXPECT_EQ(without.out(), hook_line("called in createRuntime") +
                               manifest_line("does not act: the annotation io.solinit.owner is missing"));
  auto other = check({"--annotation", "io.solinit.owner=other"});
  EXPECT_NE(other.out().find(manifest_line("does not act: the annotation io.solinit.owner is not shop")), std::string::npos)
      << other.out();

  hook(entry(solinit_hook(), R"("commands":["web$"])"));
  EXPECT_NE(check().out().find(hook_line("not called in createRuntime: its when asks for a command web$")), std::string::npos);
  EXPECT_NE(check({"--command", "/bin/web"}).out().find(hook_line("called in createRuntime")), std::string::npos);
  hook(entry(solinit_hook(), R"("hasBindMounts":true)"));
  EXPECT_NE(check().out().find(hook_line("not called in createRuntime: its when asks for bind mounts")), std::string::npos);
  EXPECT_NE(check({"--mount", "/run/web"}).out().find(hook_line("called in createRuntime")), std::string::npos);
}

TEST_F(HookCheck, KnowsTheRuntimesOfDocker) {
  std::filesystem::remove(place_ / "hooks.d/50-solinit.json");
  std::filesystem::create_symlink(solinit_hook(), place_ / "solinit-runc");
  docker(R"({"runtimes":{"solinit":{"path":")" + place_ / "solinit-runc" + R"("}}})");
  auto program = check();
  EXPECT_EQ(program.ending(), exited(0)) << program.log();
  EXPECT_NE(program.out().find(place_ / "daemon.json: solinit: only for docker run --runtime solinit\n"), std::string::npos)
      << program.out();
}

/// What is arranged, and what is said of it.
using Flaw = std::pair<std::function<void()>, std::string>;

TEST_F(HookCheck, FailsOnWhatWouldBePassedOverOrBreakEveryContainer) {
  const auto hooks = place_ / "hooks.d/50-solinit.json";
  const auto second = "sockets: [{path: /run/web/web.sock}]\n";
  const std::vector<Flaw> flaws{
      {[&] { hook("{"); }, "every container of this engine fails by " + hooks},
      {[&] { hook(entry("/nowhere/solinit-hook")); }, "the engine passes over " + hooks + ": /nowhere/solinit-hook is not there"},
      {[&] { hook(entry(place_.path() + "/solinit-hook")), write_file(place_ / "solinit-hook", ""); }, "is no program"},
      {[&] { chmod((place_ / "solinit-hook").c_str(), 0777), hook(entry(place_ / "solinit-hook")); }, "is not root's alone"},
      {[&] { hook(entry(solinit_hook(), R"("always":true)", R"(,"timeout":10)")); }, "cannot rely on " + hooks + ": env is missing"},
      {[&] { hook(entry(solinit_hook(), R"("always":true)", R"(,"env":[])")); }, "timeout is missing"},
      {[&] { hook(entry(solinit_hook(), R"("always":true)", R"(,"env":[],"timeout":5)")); }, "the hook must know its timeout"},
      {[&] { std::filesystem::remove(hooks); }, "no engine calls solinit-hook"},
      {[&] { docker("["); }, "dockerd does not start with " + place_ / "daemon.json"},
      {[&] { docker(R"({"runtimes":{"solinit":{"path":"/nowhere/solinit-runc"}}})"); },
       "every container of this runtime fails by " + place_ / "daemon.json: runtime solinit: /nowhere/solinit-runc is not there"},
      {[&] { std::filesystem::remove(place_ / "manifests/shop.yaml"); }, "nothing is owned by " + place_ / "manifests"},
      {[&] { own("sockets: [{path: relative}]\n"); }, "shop.yaml:4:"},
      {[&] { chmod((place_ / "manifests/shop.yaml").c_str(), 0666); }, "others may write it"},
      {[&] { own(second, "twin.yaml", "twin"); }, "both own it"}};
  for (const auto& [arrange, said] : flaws) {
    arrange();
    auto program = check();
    EXPECT_EQ(program.ending(), exited(78)) << said << "\n" << program.log();
    EXPECT_NE(program.log().find(said), std::string::npos) << said << "\n" << program.log();
    for (const auto* const file : {"daemon.json", "manifests/twin.yaml", "manifests/shop.yaml"}) std::filesystem::remove(place_ / file);
    hook(entry(solinit_hook()));
    own();
    EXPECT_EQ(check().ending(), exited(0)) << "again after: " << said;
  }
}

TEST_F(HookCheck, IsRefusedForUnknownWords) {
  for (const std::vector<std::string>& words : {std::vector<std::string>{"x"}, {"--annotation", "x"}, {"--mount", "run"}, {"--command"}}) {
    auto program = check(words);
    EXPECT_EQ(program.ending(), exited(64)) << words.front();
    EXPECT_EQ(program.out(), "");
  }
}

}  // namespace
}  // namespace support
