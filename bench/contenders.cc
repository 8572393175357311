#include "bench/contenders.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <memory>
#include <optional>
#include <thread>

#include "bench/clients.h"
#include "bench/must.h"

namespace bench {
namespace {

using ownership::Fd;
using std::chrono::milliseconds;

constexpr std::chrono::seconds patience{30};

void await(const char* what, const std::function<bool()>& fact) {
  for (const auto end = now() + patience; !fact(); std::this_thread::sleep_for(milliseconds(1)))
    if (now() > end) give_up("redeploy", std::string(what) + " within 30 s");
}

std::string name_of(int generation) { return "g" + std::to_string(generation); }

void await_server(const Place& place, int generation) {
  await("nobody serves", [&] { return answer_at(place.socket()).text.find(name_of(generation) + " ") != std::string::npos; });
}

std::vector<std::string> server(const Programs& programs, const Place& place, int generation, const std::string& option) {
  return {programs.server, option, "--start-delay", std::to_string(boot_milliseconds), name_of(generation), place.socket()};
}

/// The state that a contender's three functions share.
using Current = std::shared_ptr<std::optional<Process>>;

Contender by_process(std::string name, const Place& place, const std::function<Process(int)>& started,
                     const std::function<void(int, std::optional<Process>&)>& replaced) {
  const Current current = std::make_shared<std::optional<Process>>();
  return {std::move(name),
          [=] {
            current->emplace(started(0));
            await_server(place, 0);
          },
          [=](int generation) {
            replaced(generation, *current);
            await_server(place, generation);
          },
          [=] {
            (*current)->end();
            current->reset();
          }};
}

Contender solinit(const std::string& name, const Programs& programs, const Place& place, const std::string& activation,
                  const std::string& order) {
  std::ofstream(place.directory + "/manifest.yaml")
      << "version: 1\nowner: shop\nsockets: [{path: " << place.socket() << ", activation: " << activation << "}]\n"
      << "takeover: {order: " << order << "}\n";
  const auto start = [=](int generation) {
    std::vector<std::string> command{programs.launcher, "-m", place.directory + "/manifest.yaml", "--"};
    for (const auto& word : server(programs, place, generation, activation == "inherit" ? "--inherit" : "--unlink-first"))
      command.push_back(word);
    return Process(command, {"SOLINIT_CONTAINER_ID=" + name_of(generation)});
  };
  return by_process(name, place, start, [=](int generation, std::optional<Process>& old) {
    Process fresh = start(generation);
    old->wait();
    *old = std::move(fresh);
  });
}

/// Stop, then start: what an engine's restart does with a server that unlinks blindly.
Contender blind(const Programs& programs, const Place& place) {
  const auto start = [=](int generation) { return Process(server(programs, place, generation, "--unlink-first")); };
  return by_process("blind restart", place, start, [=](int generation, std::optional<Process>& old) {
    old->signal(SIGTERM);
    old->wait();
    *old = start(generation);
  });
}

/// As systemd does with a socket unit: the listener stays, and each server gets it.
Contender holder(const Programs& programs, const Place& place) {
  const auto listener = std::make_shared<Fd>(must(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "make a socket"));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  place.socket().copy(address.sun_path, sizeof address.sun_path - 1);
  must(bind(listener->get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind a socket");
  must(listen(listener->get(), 4096), "listen");
  const auto start = [=](int generation) {
    return Process(server(programs, place, generation, "--inherit"), {"LISTEN_FDS=1"}, listener->get());
  };
  return by_process("socket activation, restart", place, start, [=](int generation, std::optional<Process>& old) {
    old->signal(SIGTERM);
    old->wait();
    *old = start(generation);
  });
}

/// start_server(1) starts the command anew at HUP, and stops the old one when the new one has lived for a second.
Contender server_starter(const Programs& programs, const Place& place) {
  const std::string script =
      "n=${SERVER_STARTER_PORT##*=}; eval \"exec 3<&$n\"; export LISTEN_FDS=1 LISTEN_PID=$$; exec " + programs.server +
      " --inherit --start-delay " + std::to_string(boot_milliseconds) + " g$(cat " + place.directory + "/generation) " +
      place.socket();
  const auto tell = [=](int generation) { std::ofstream(place.directory + "/generation") << generation; };
  return by_process(
      "Server::Starter", place,
      [=](int generation) {
        tell(generation);
        return Process({"/usr/bin/start_server", "--path=" + place.socket(), "--interval=1", "--", "/bin/sh", "-c", script});
      },
      [=](int generation, std::optional<Process>& master) {
        tell(generation);
        master->signal(SIGHUP);
        // Both take connections of one listener until the old one is stopped.
        for (int in_a_row = 0; in_a_row < 50;)
          in_a_row = answer_at(place.socket()).text.find(name_of(generation) + " ") != std::string::npos ? in_a_row + 1 : 0;
      });
}

/// haproxy -sf, with the old process's listeners by -x or without.
Contender haproxy(const std::string& name, const Place& place, bool gets_listeners) {
  const auto start = [=](int generation, pid_t old) {
    const auto config = place.directory + "/haproxy.cfg";
    std::ofstream(config) << "global\n  stats socket " << place.directory << "/stats.sock level admin expose-fd listeners\n"
                          << "defaults\n  mode http\n  timeout client 30s\n  timeout connect 5s\n  timeout server 30s\n"
                          << "frontend web\n  bind unix@" << place.socket() << "\n  http-request return status 200 "
                          << "content-type text/plain string \"" << name_of(generation) << " \"\n";
    std::vector<std::string> command{"/usr/sbin/haproxy", "-db", "-q", "-f", config};
    if (old > 0) command.insert(command.end(), {"-sf", std::to_string(old)});
    if (old > 0 && gets_listeners) command.insert(command.end(), {"-x", place.directory + "/stats.sock"});
    return Process(command);
  };
  return by_process(
      name, place, [=](int generation) { return start(generation, 0); },
      [=](int generation, std::optional<Process>& old) {
        Process fresh = start(generation, old->pid());
        old->wait();
        *old = std::move(fresh);
      });
}

}  // namespace

Process::Process(const std::vector<std::string>& command, const std::vector<std::string>& variables, int descriptor) {
  std::vector<char*> words;
  for (const auto& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  pid_ = must(fork(), "fork");
  if (pid_ != 0) return;
  setpgid(0, 0);
  for (const auto& variable : variables) putenv(const_cast<char*>(variable.c_str()));
  if (descriptor >= 0) {
    setenv("LISTEN_PID", std::to_string(getpid()).c_str(), 1);
    if (descriptor == 3)
      fcntl(3, F_SETFD, 0);
    else
      dup2(descriptor, 3);
  }
  const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int number = 0; number < 3; ++number) dup2(nothing, number);
  execv(words[0], words.data());
  _exit(127);
}

Process::~Process() {
  if (pid_ < 0) return;
  kill(-pid_, SIGKILL);
  kill(pid_, SIGKILL);
  wait();
}

void Process::signal(int number) const { must(kill(pid_, number), "send a signal"); }

void Process::end() {
  signal(SIGTERM);
  wait();
}

void Process::wait() {
  if (pid_ < 0) return;
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

std::vector<std::pair<Contender, Place>> contenders(const Programs& programs, const std::string& room) {
  std::vector<std::pair<Contender, Place>> all;
  const auto add = [&](const std::function<Contender(const Place&)>& made) {
    const Place place{room + "/" + std::to_string(all.size())};
    must(mkdir(place.directory.c_str(), 0755), "make a directory");
    all.emplace_back(made(place), place);
  };
  add([&](const Place& place) { return solinit("solinit, inherit, strict", programs, place, "inherit", "strict"); });
  add([&](const Place& place) { return solinit("solinit, inherit, overlap", programs, place, "inherit", "overlap"); });
  add([&](const Place& place) { return solinit("solinit, adopt, strict", programs, place, "adopt", "strict"); });
  add([&](const Place& place) { return blind(programs, place); });
  add([&](const Place& place) { return holder(programs, place); });
  add([&](const Place& place) { return server_starter(programs, place); });
  add([&](const Place& place) { return haproxy("HAProxy, -sf", place, false); });
  add([&](const Place& place) { return haproxy("HAProxy, -sf and -x", place, true); });
  return all;
}

}  // namespace bench
