#include "tests/engines/hosted.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "tests/support/requirement.h"

namespace engines {
namespace {

std::string place() { return std::getenv("SOLINIT_ENGINES"); }

std::string manifest_path() { return place() + "/manifests.d/shop.yaml"; }

std::string trimmed(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

void append(Argv& words, const Argv& more) { words.insert(words.end(), more.begin(), more.end()); }

/// Of docker and podman.
Argv settings_of(const Recipe& recipe) {
  Argv words;
  for (const auto& [host, inside, is_read_only] : recipe.mounts)
    append(words, {"-v", host + ":" + inside + (is_read_only ? ":ro" : "")});
  for (const auto& variable : recipe.environment) append(words, {"-e", variable});
  if (!recipe.user.empty()) append(words, {"--user", recipe.user});
  if (recipe.is_read_only) append(words, {"--read-only"});
  if (recipe.drops_capabilities) append(words, {"--cap-drop", "ALL"});
  if (recipe.forbids_new_privileges) append(words, {"--security-opt", "no-new-privileges"});
  if (recipe.restarts_always) append(words, {"--restart", "always"});
  return words;
}

Argv ctr_settings_of(const Recipe& recipe) {
  Argv words;
  for (const auto& [host, inside, is_read_only] : recipe.mounts)
    append(words,
           {"--mount", "type=bind,src=" + host + ",dst=" + inside + ",options=rbind:" + (is_read_only ? "ro" : "rw")});
  for (const auto& variable : recipe.environment) append(words, {"--env", variable});
  return words;
}

}  // namespace

std::string name_of(Host host) {
  switch (host) {
    case Host::docker:
      return "docker";
    case Host::ctr:
      return "ctr";
    case Host::podman:
      return "podman";
  }
  return {};
}

Hosted::Hosted(Host host, const Recipe& recipe, const Argv& options) : host_(host), recipe_(recipe), options_(options) {
  static int count = 0;
  name_ = "hosted-" + std::to_string(::getpid()) + "-" + std::to_string(++count);
}

Argv Hosted::engine() const {
  switch (host_) {
    case Host::docker:
      return {"docker"};
    case Host::podman:
      return {"podman", "--hooks-dir", place() + "/hooks.d"};
    case Host::ctr:
      return {"ctr", "-a", place() + "/docker-run/containerd/containerd.sock", "-n",
              std::string(std::getenv("SOLINIT_CGROUP")).substr(1) + "-ctr"};
  }
  return {};
}

Outcome Hosted::ask(const Argv& words) {
  Argv whole = engine();
  append(whole, words);
  return run(whole);
}

Argv Hosted::run_words() const {
  Argv words{"run", "-d"};
  if (host_ == Host::ctr) {
    append(words,
           {"--runc-binary", place() + "/solinit-runc", "--log-uri", "file://" + place() + "/" + name_ + ".log"});
    append(words, ctr_settings_of(recipe_));
    append(words, options_);
    append(words, {"docker.io/solinit-test/" + recipe_.image + ":latest", name_});
    append(words, recipe_.command);
    return words;
  }
  append(words, {"--name", name_, "--network", "none"});
  if (host_ == Host::docker) append(words, {"--runtime", "solinit"});
  if (host_ == Host::podman) append(words, {"--cgroup-parent", std::getenv("SOLINIT_CGROUP")});
  append(words, settings_of(recipe_));
  append(words, options_);
  append(words, {"--entrypoint", recipe_.command.at(0), "solinit-test/" + recipe_.image});
  words.insert(words.end(), recipe_.command.begin() + 1, recipe_.command.end());
  return words;
}

Outcome Hosted::start() {
  if (!is_made_) {
    is_made_ = true;
    return ask(run_words());
  }
  if (host_ != Host::ctr) return ask({"start", name_});
  return ask({"task", "start", "-d", "--log-uri", "file://" + place() + "/" + name_ + ".log", name_});
}

Outcome Hosted::restart() { return ask({"restart", "-t", "1", name_}); }

Hosted::~Hosted() {
  if (!is_made_) return;
  if (host_ != Host::ctr) {
    ask({"kill", "-s", "KILL", name_});
    ask({"rm", "-fv", name_});
    return;
  }
  ask({"task", "kill", "-s", "SIGKILL", name_});
  exit_code();
  ask({"container", "delete", name_});
  ::unlink((place() + "/" + name_ + ".log").c_str());
}

void Hosted::kill(int signal) {
  const auto number = std::to_string(signal);
  const auto killed =
      host_ == Host::ctr ? ask({"task", "kill", "-s", number, name_}) : ask({"kill", "-s", number, name_});
  EXPECT_EQ(killed.exit_code, 0) << killed.err;
}

std::string Hosted::field(const std::string& format) { return trimmed(ask({"inspect", "-f", format, name_}).out); }

bool Hosted::is_running() {
  if (host_ != Host::ctr) return field("{{.State.Running}}") == "true";
  const auto all = ask({"task", "ls"}).out;
  const auto at = all.find(name_ + " ");
  return at != all.npos && all.substr(at, all.find('\n', at) - at).find("RUNNING") != all.npos;
}

/// ctr cleans up when it is told to: `task delete` runs poststop, and warns of the task's own code.
std::optional<int> Hosted::exit_code_of_task(std::chrono::milliseconds limit) {
  Outcome deleted;
  wait_until(
      [&] {
        deleted = ask({"task", "delete", name_});
        return deleted.err.find("must be stopped before deletion") == deleted.err.npos;
      },
      limit);
  static constexpr std::string_view words = "non-zero exit code ";
  const auto at = deleted.err.find(words);
  return at == deleted.err.npos ? deleted.exit_code : std::atoi(deleted.err.c_str() + at + words.size());
}

std::optional<int> Hosted::exit_code(std::chrono::milliseconds limit) {
  if (!wait_until([&] { return !is_running(); }, limit)) return std::nullopt;
  if (host_ == Host::ctr) return exit_code_of_task(limit);
  // podman cleans up in a process of its own: what it left is gone when the state says "exited".
  if (host_ == Host::podman) wait_until([&] { return field("{{.State.Status}}") == "exited"; }, limit);
  return std::atoi(field("{{.State.ExitCode}}").c_str());
}

std::string Hosted::log() {
  if (host_ == Host::ctr) return read_file(place() + "/" + name_ + ".log");
  const auto said = ask({"logs", name_});
  return said.out + said.err;
}

bool Hosted::says(const std::string& text) {
  return wait_until([&] { return log().find(text) != std::string::npos; });
}

Outcome Hosted::exec(const Argv& command) {
  static int count = 0;
  Argv words = host_ == Host::ctr ? Argv{"task", "exec", "--exec-id", "exec-" + std::to_string(++count), name_}
                                  : Argv{"exec", name_};
  append(words, command);
  return ask(words);
}

std::string Hosted::first_process() {
  auto words = exec({"/bin/cat", "/proc/1/cmdline"}).out;
  for (char& letter : words)
    if (letter == '\0') letter = ' ';
  return words;
}

void OnHost::SetUp() {
  const auto limit = limit_of(GetParam() == Host::podman ? Kind::podman : Kind::docker);
  if (!limit.empty()) support::skip(name_of(GetParam()) + ": " + limit);
  if (const char* root = std::getenv("SOLINIT_USERNS_ROOT"); root != nullptr) shop.give_volume_to(std::atoi(root));
}

void OnHost::TearDown() {
  if (const char* engines = std::getenv("SOLINIT_ENGINES"); engines != nullptr) ::unlink(manifest_path().c_str());
}

void OnHost::own(const std::string& yaml) const {
  write_file(manifest_path(), "version: 1\nowner: shop-web\nmatch: {mounts: [/run/web]}\n" + yaml);
  ::chmod(manifest_path().c_str(), 0644);
}

void OnHost::own_socket(const std::string& more) const {
  own(std::string("sockets: [{path: ") + socket_path + "}]\n" + more);
}

}  // namespace engines
