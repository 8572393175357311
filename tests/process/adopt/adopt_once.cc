// A launcher without claims, to try adoption as a program of its own: makes the listeners and runs the command, which
// is given them.
//   adopt_once [--beside] [--dgram] [--user N] PATH... -- COMMAND [ARGUMENT]...
// Says "listening PATH" and "made way" on its standard output. HUP starts the command again when the last one is gone.
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "launcher/adopt_probe.h"
#include "launcher/adoption.h"
#include "launcher/inherited.h"
#include "launcher/spawn.h"
#include "ownership/place.h"

namespace {

using namespace std::chrono_literals;
using ownership::Fd;

struct Wishes {
  bool beside = false;
  int type = SOCK_STREAM;
  uid_t user = 0;
  std::vector<std::string> paths, command;
};

struct Owned {
  ownership::Place place;
  Fd listener;
};

Wishes read_wishes(int argc, char** argv) {
  Wishes wishes;
  int i = 1;
  for (; i < argc && std::string_view(argv[i]) != "--"; ++i) {
    const std::string_view word = argv[i];
    if (word == "--beside")
      wishes.beside = true;
    else if (word == "--user")
      wishes.user = static_cast<uid_t>(std::stoul(argv[++i]));
    else if (word == "--dgram")
      wishes.type = SOCK_DGRAM;
    else
      wishes.paths.emplace_back(word);
  }
  for (++i; i < argc; ++i) wishes.command.emplace_back(argv[i]);
  return wishes;
}

Owned make_listener(const std::string& path, int type, uid_t user) {
  Owned owned{*ownership::open_place(path), Fd(socket(AF_UNIX, type | SOCK_CLOEXEC, 0))};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  if (bind(owned.listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) std::perror("bind");
  if (type != SOCK_DGRAM && listen(owned.listener.get(), 512) != 0) std::perror("listen");
  if (chmod(path.c_str(), 0777) != 0 || (user != 0 && chown(path.c_str(), user, user) != 0)) std::perror("give");
  return owned;
}

launcher::AdoptTarget target_of(const Owned& owned) {
  const int directory = owned.place.directory.get();
  launcher::AdoptTarget target{.path = owned.place.path,
                               .name = owned.place.name,
                               .directory = directory,
                               .directory_identity = ownership::identity_of(directory)};
  launcher::describe_listener(target, owned.listener.get());
  return target;
}

int fail(const ownership::Error& error) {
  dprintf(2, "%s %s: %s\n", error.what.c_str(), error.object.c_str(), error.why.c_str());
  return static_cast<int>(error.code);
}

pid_t start(const Wishes& wishes, const launcher::Inherited& inherited, const std::deque<Owned>& sockets,
            launcher::Adoption& adoption) {
  std::vector<launcher::AdoptTarget> targets;
  for (const auto& owned : sockets) targets.push_back(target_of(owned));
  const auto watching = adoption.prepare(std::move(targets));
  if (!watching) return -fail(watching.error());
  const auto spawned =
      launcher::spawn({.command = wishes.command, .inherited = inherited, .watching = *watching});
  if (!spawned) return -fail(spawned.error());
  if (const auto begun = adoption.begin(wishes.beside, 10s); !begun) return -fail(begun.error());
  if (const auto outcome = launcher::exec_outcome(*spawned, wishes.command.front(), 10s); !outcome)
    return -fail(outcome.error());
  return spawned->pid;
}

void hear(launcher::Adoption& adoption, std::deque<Owned>& sockets) {
  std::vector<bool> before;
  for (const auto& owned : sockets) before.push_back(adoption.is_listening(owned.place.path).value_or(false));
  const bool must_fall_back = adoption.hear() == launcher::Adoption::Heard::must_fall_back;
  for (std::size_t i = 0; i < sockets.size(); ++i)
    if (!before[i] && adoption.is_listening(sockets[i].place.path).value_or(false))
      dprintf(1, "listening %s\n", sockets[i].place.path.c_str());
  if (!must_fall_back) return;
  for (auto& owned : sockets) {
    unlink(owned.place.path.c_str());
    owned.listener.reset();
  }
  dprintf(1, "made way\n");
  adoption.has_made_way();
}

}  // namespace

int main(int argc, char** argv) {
  auto inherited = launcher::take_inheritance();
  const auto wishes = read_wishes(argc, argv);
  if (const auto lack = launcher::lack_of_adoption(); !lack.empty()) {
    dprintf(2, "no adoption: %s\n", lack.c_str());
    return 75;
  }
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  sigset_t all;
  sigfillset(&all);
  const Fd signals(signalfd(-1, &all, SFD_CLOEXEC));
  std::deque<Owned> sockets;
  for (const auto& path : wishes.paths) sockets.push_back(make_listener(path, wishes.type, wishes.user));
  launcher::Adoption adoption;

  pid_t web = start(wishes, inherited, sockets, adoption);
  int code = web > 0 ? 0 : -web;
  bool starts_again = false;
  // Until everything is gone: the notifier ends with the last process that has the filter.
  for (bool has_children = web > 0; has_children;) {
    pollfd ready[] = {{signals.get(), POLLIN, 0}, {adoption.channel(), POLLIN, 0}};
    poll(ready, 2, -1);
    if (ready[1].revents != 0) hear(adoption, sockets);
    signalfd_siginfo info;
    if (ready[0].revents == 0 || read(signals.get(), &info, sizeof info) != static_cast<ssize_t>(sizeof info)) continue;
    const int number = static_cast<int>(info.ssi_signo);
    if (number == SIGHUP) starts_again = true;
    if (number != SIGCHLD) kill(web, number == SIGHUP ? SIGTERM : number);
    if (number != SIGCHLD) continue;
    int status = 0;
    pid_t gone;
    while ((gone = waitpid(-1, &status, WNOHANG)) > 0)
      if (gone == web) code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    has_children = gone == 0;
    if (has_children || !starts_again) continue;
    starts_again = false;
    web = start(wishes, inherited, sockets, adoption);
    has_children = web > 0;
  }
  return code;
}
