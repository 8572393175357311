// A launcher without a loop, to try the entry, take_inheritance, spawn, the spawner and let_go as a program of their own.
//   launch_once [--session] [--keep N] [--set NAME=VALUE] [--twice] [--let-go] [--spawner [--lost]] COMMAND [ARGUMENT]...
// --spawner: it starts the command, each time. --lost: after it was killed.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "launcher/inherited.h"
#include "launcher/spawn.h"
#include "launcher/spawner.h"

namespace {

using namespace std::chrono_literals;

struct Wishes {
  bool own_session = false, twice = false, lets_go = false, has_spawner = false, loses_it = false;
  std::vector<ownership::Fd> kept;
  std::vector<std::pair<std::string, std::string>> variables;
  std::vector<std::string> command;
};

Wishes read_wishes(int argc, char** argv) {
  Wishes wishes;
  int i = 1;
  for (; i < argc && std::string_view(argv[i]).starts_with("--"); ++i) {
    const std::string_view option = argv[i];
    if (option == "--session") wishes.own_session = true;
    if (option == "--twice") wishes.twice = true;
    if (option == "--let-go") wishes.lets_go = true;
    if (option == "--spawner") wishes.has_spawner = true;
    if (option == "--lost") wishes.loses_it = true;
    if (option == "--keep")
      for (int n = std::stoi(argv[++i]); n > 0; --n) wishes.kept.emplace_back(open("/", O_PATH | O_CLOEXEC));
    if (option == "--set") {
      const std::string text = argv[++i];
      wishes.variables.emplace_back(text.substr(0, text.find('=')), text.substr(text.find('=') + 1));
    }
  }
  wishes.command.assign(argv + i, argv + argc);
  return wishes;
}

int fail(const ownership::Error& error) {
  dprintf(2, "%s %s: %s; %s\n", error.what.c_str(), error.object.c_str(), error.why.c_str(), error.advice.c_str());
  return static_cast<int>(error.code);
}

ownership::Result<launcher::Spawned> spawn(const launcher::SpawnRequest& request, const Wishes& wishes) {
  static std::optional<launcher::Spawner> spawner;
  if (!wishes.has_spawner) return launcher::spawn(request);
  if (!spawner) {
    auto started = launcher::Spawner::start(request);
    if (!started) return std::unexpected(std::move(started.error()));
    spawner = std::move(*started);
  }
  if (wishes.loses_it) kill(spawner->pid(), SIGKILL);
  return spawner->spawn(request, 10s);
}

int run(const Wishes& wishes, launcher::Inherited& inherited) {
  std::vector<int> kept;
  for (const auto& each : wishes.kept) kept.push_back(each.get());
  const launcher::SpawnRequest request{.command = wishes.command,
                                       .inherited = inherited,
                                       .own_session = wishes.own_session,
                                       .kept = kept,
                                       .environment = {.set = wishes.variables}};
  const auto spawned = spawn(request, wishes);
  if (!spawned) return fail(spawned.error());
  if (wishes.lets_go) launcher::let_go(inherited);
  if (const auto outcome = launcher::exec_outcome(*spawned, wishes.command.front(), 10s); !outcome) {
    if (waitpid(-1, nullptr, WNOHANG) >= 0) dprintf(2, "a child was left\n");
    return fail(outcome.error());
  }
  int status = 0;
  if (waitpid(spawned->pid, &status, 0) != spawned->pid) return 99;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

int main(int argc, char** argv) {
  auto inherited = launcher::take_inheritance();
  const auto wishes = read_wishes(argc, argv);
  const int code = run(wishes, inherited);
  return wishes.twice ? run(wishes, inherited) : code;
}
