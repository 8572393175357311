#include "bench/running.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <thread>

#include "bench/must.h"

namespace bench {
namespace {

using ownership::Fd;

struct Pipe {
  Fd out, in;
};

/// Above the numbers that the program is given.
Fd high(int number) {
  const Fd low(number);
  return Fd(must(fcntl(number, F_DUPFD_CLOEXEC, 10), "duplicate a descriptor"));
}

Pipe make_pipe() {
  int ends[2];
  must(pipe2(ends, O_CLOEXEC), "make a pipe");
  auto out = high(ends[0]);
  return {std::move(out), high(ends[1])};
}

struct Ends {
  int go, moment, report, orders;
};

/// In the child. _exit(99) when something cannot be had: nobody expects that status.
[[noreturn]] void become(char* const* command, const Ends& ends) {
  const int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
  char order = 0;
  const bool is_ready = prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && setsid() > 0 &&
                        mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                        mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) == 0 &&
                        dup2(nowhere, 0) == 0 && dup2(nowhere, 1) == 1 && dup2(nowhere, 2) == 2 &&
                        dup2(ends.report, 3) == 3 && dup2(ends.orders, 4) == 4 && read(ends.go, &order, 1) == 1;
  if (!is_ready) _exit(99);
  const std::int64_t moment = now().count();
  if (write(ends.moment, &moment, sizeof moment) != sizeof moment) _exit(99);
  execv(command[0], command);
  _exit(99);
}

}  // namespace

Nanoseconds now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return std::chrono::seconds(time.tv_sec) + Nanoseconds(time.tv_nsec);
}

Running::Running(const std::vector<std::string>& command) {
  std::vector<char*> words;
  for (const auto& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  auto go = make_pipe(), moment = make_pipe(), report = make_pipe(), orders = make_pipe();

  // With no stack of its own, clone(2) is fork(2) into new namespaces.
  pid_.number = static_cast<pid_t>(must(syscall(SYS_clone, CLONE_NEWPID | CLONE_NEWNS | SIGCHLD, 0, 0, 0, 0),
                                        "make a pid namespace; root is needed"));
  if (pid_.number == 0) become(words.data(), {go.out.get(), moment.in.get(), report.in.get(), orders.out.get()});

  go_ = std::move(go.in);
  moment_ = std::move(moment.out);
  report_ = std::move(report.out);
  orders_ = std::move(orders.in);
  // Held, so that unmounting its /proc, which takes milliseconds, is no part of its end.
  const auto place = "/proc/" + std::to_string(pid()) + "/ns/mnt";
  mounts_ = Fd(must(open(place.c_str(), O_RDONLY | O_CLOEXEC), "open " + place));
}

Running::~Running() {
  if (pid() <= 0) return;
  kill(pid(), SIGKILL);
  waitpid(pid(), nullptr, 0);
}

void Running::go() const { must(write(go_.get(), "g", 1), "start a program"); }

void Running::read_moment(bool blocks) {
  must(fcntl(moment_.get(), F_SETFL, blocks ? 0 : O_NONBLOCK), "set a pipe's mode");
  while (executed_at_ == 0)
    if (read(moment_.get(), &executed_at_, sizeof executed_at_) == 0)
      give_up("start a program", "it cannot be prepared");
}

void Running::await_exec() {
  read_moment(false);
  // execve(2) closes the other end when there is no way back.
  char nothing = 0;
  while (read(moment_.get(), &nothing, 1) != 0) {
  }
}

Nanoseconds Running::executed_at() {
  read_moment(true);
  return Nanoseconds(executed_at_);
}

int Running::wait() {
  int status = 0;
  must(waitpid(pid(), &status, 0), "wait for a program");
  pid_.number = -1;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void Running::signal(int number) const { must(kill(pid(), number), "send a signal"); }

bool Running::hear() const {
  char byte = 0;
  return read(report_.get(), &byte, 1) == 1;
}

void Running::order() const { must(write(orders_.get(), "o", 1), "give an order"); }

Nanoseconds cpu_time(pid_t pid) {
  const auto place = "/proc/" + std::to_string(pid) + "/schedstat";
  std::int64_t spent = -1;
  std::ifstream(place) >> spent;
  if (spent < 0) give_up("read " + place, "the kernel does not count");
  return Nanoseconds(spent);
}

void await_quiet(pid_t pid, std::chrono::milliseconds length) {
  for (auto before = Nanoseconds(-1); before != cpu_time(pid);) {
    before = cpu_time(pid);
    std::this_thread::sleep_for(length);
  }
}

}  // namespace bench
