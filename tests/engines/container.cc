#include "tests/engines/container.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>

#include "tests/engines/bare.h"

namespace engines {
namespace {

using Clock = std::chrono::steady_clock;

std::string trimmed(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

Argv run_options(Kind kind, const Recipe& recipe) {
  Argv words{"run", "-d", "--network", "none"};
  const auto add = [&](std::initializer_list<std::string> more) { words.insert(words.end(), more); };
  if (kind == Kind::podman) add({"--cgroup-parent", variable("SOLINIT_CGROUP")});
  for (const auto& [host, inside, is_read_only] : recipe.mounts)
    add({"-v", host + ":" + inside + (is_read_only ? ":ro" : "")});
  for (const auto& variable : recipe.environment) add({"-e", variable});
  for (const auto& [key, value] : recipe.annotations) add({"--annotation", key + "=" + value});
  if (!recipe.user.empty()) add({"--user", recipe.user});
  if (recipe.is_read_only) add({"--read-only"});
  if (recipe.drops_capabilities) add({"--cap-drop", "ALL"});
  if (recipe.forbids_new_privileges) add({"--security-opt", "no-new-privileges"});
  if (recipe.restarts_always) add({"--restart", "always"});
  if (recipe.tells_readiness) add({"--sdnotify=container"});
  if (recipe.has_init) add({"--init"});
  if (recipe.has_init && kind == Kind::podman) add({"--init-path", variable("SOLINIT_ENGINES") + "/init"});
  add({"--entrypoint", recipe.command.at(0), "solinit-test/" + recipe.image});
  words.insert(words.end(), recipe.command.begin() + 1, recipe.command.end());
  return words;
}

}  // namespace

std::string name_of(Kind kind) {
  switch (kind) {
    case Kind::docker:
      return "docker";
    case Kind::podman:
      return "podman";
    case Kind::runc:
      return "runc";
    case Kind::crun:
      return "crun";
  }
  return {};
}

std::string limit_of(Kind kind) {
  const std::string place = variable("SOLINIT_ENGINES");
  if (place.empty()) return "no engines here: run it by tests/engines/with-engines, as root";
  const std::string found = read_file(place + "/" + name_of(kind) + ".limit");
  return trimmed(found.empty() ? "tests/engines/make-images has not run" : found == "none\n" ? "" : found);
}

Container::Container(Kind kind, const Recipe& recipe) : kind_(kind), may_be_refused_(recipe.may_be_refused) {
  if (kind == Kind::podman && !recipe.hooks_dir.empty()) engine_options_ = {"--hooks-dir", recipe.hooks_dir};
  is_bare(kind) ? make_bare(recipe) : make(recipe);
}

void Container::make(const Recipe& recipe) {
  const auto made = ask(run_options(kind_, recipe));
  id_ = made.out.substr(0, 12);
  if (made.exit_code != 0) refuse(made.err);
}

void Container::make_bare(const Recipe& recipe) {
  static int count = 0;
  id_ = "solinit-" + std::to_string(::getpid()) + "-" + std::to_string(++count);
  bundle_ = make_bundle(kind_, id_, recipe);
  start_bare();
}

void Container::start_bare() {
  exit_code_.reset();
  pid_ = create_bare(kind_, id_, bundle_);
  if (pid_ <= 0) return refuse(log());
  const auto started = ask({"start", id_});
  EXPECT_EQ(started.exit_code, 0) << started.err;
}

void Container::refuse(const std::string& why) {
  EXPECT_TRUE(may_be_refused_) << name_of(kind_) << ": " << why;
  refusal_ = why.empty() ? "it says nothing" : why;
}

Container::~Container() {
  if (!is_bare(kind_)) {
    if (id_.empty()) return;
    kind_ == Kind::podman ? ask({"rm", "-fv", "-t", "0", id_}) : ask({"rm", "-fv", id_});
    return;
  }
  ask({"delete", "-f", id_});
  exit_code(5s);
  run({"rm", "-rf", "--one-file-system", bundle_});
}

Outcome Container::ask(const Argv& words, std::chrono::milliseconds limit) {
  Argv whole = is_bare(kind_) ? runtime_of(kind_) : Argv{name_of(kind_)};
  whole.insert(whole.end(), engine_options_.begin(), engine_options_.end());
  whole.insert(whole.end(), words.begin(), words.end());
  return run(whole, limit);
}

void Container::start() {
  if (is_bare(kind_)) {
    ask({"delete", "-f", id_});
    return start_bare();
  }
  const auto started = ask({"start", id_});
  EXPECT_EQ(started.exit_code, 0) << started.err;
}

void Container::kill(int signal) {
  if (is_bare(kind_)) {
    if (is_running()) ::kill(pid_, signal);
    return;
  }
  const auto killed = ask({"kill", "-s", std::to_string(signal), id_});
  EXPECT_EQ(killed.exit_code, 0) << killed.err;
}

void Container::pause() {
  const auto paused = ask({"pause", id_});
  EXPECT_EQ(paused.exit_code, 0) << paused.err;
}

void Container::resume() {
  const auto resumed = ask({is_bare(kind_) ? "resume" : "unpause", id_});
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
}

std::chrono::milliseconds Container::stop(std::chrono::seconds grace) {
  const auto start = Clock::now();
  if (is_bare(kind_)) {
    kill(SIGTERM);
    if (!exit_code(grace)) kill(SIGKILL);
    exit_code();
  } else {
    ask({"stop", "-t", std::to_string(grace.count()), id_});
  }
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
}

std::optional<int> Container::exit_code(std::chrono::milliseconds limit) {
  if (!is_bare(kind_)) {
    if (!wait_until([&] { return !is_running(); }, limit)) return std::nullopt;
    const auto said = ask({"inspect", "-f", "{{.State.ExitCode}}", id_});
    return said.exit_code == 0 ? std::optional(std::atoi(said.out.c_str())) : std::nullopt;
  }
  if (!exit_code_ && pid_ > 0) exit_code_ = wait_for_child(pid_, limit);
  return exit_code_;
}

bool Container::is_running() {
  if (is_bare(kind_)) return pid_ > 0 && !exit_code(0ms);
  return ask({"inspect", "-f", "{{.State.Running}}", id_}).out == "true\n";
}

pid_t Container::pid() {
  if (is_bare(kind_)) return pid_;
  return std::atoi(ask({"inspect", "-f", "{{.State.Pid}}", id_}).out.c_str());
}

std::string Container::log() {
  if (is_bare(kind_)) return read_file(bundle_ + "/log");
  const auto said = ask({"logs", id_});
  return said.out + said.err;
}

Outcome Container::exec(const Argv& command) {
  Argv words{"exec", id_};
  words.insert(words.end(), command.begin(), command.end());
  return ask(words);
}

}  // namespace engines
