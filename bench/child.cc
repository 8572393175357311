// bench_child ROLE [SOCKET]: what the inits start, and as static and small as they come.
//
//   exit      ends at once
//   serve     reports, then waits for ever
//   signals   reports the moment (CLOCK_MONOTONIC, nanoseconds, 8 bytes) of each SIGUSR1
//   orphans   for each order leaves 1000 orphans, 100 at a time, and reports when they have ended
//   stop      reports; ends with 42 on SIGTERM and with 43 on SIGRTMAX
//
// All but exit listen on SOCKET where one is named. Reports are one byte to descriptor 3, orders one from 4.
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace {

constexpr int report_to = 3, orders_from = 4;

void block(sigset_t& signals, int first, int second) {
  sigemptyset(&signals);
  sigaddset(&signals, first);
  sigaddset(&signals, second);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
}

bool report() { return write(report_to, "r", 1) == 1; }

bool listen_on(const char* path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  unlink(path);
  return bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 && listen(listener, 16) == 0;
}

int serve() {
  report();
  while (true) pause();
}

int signals() {
  sigset_t awaited;
  block(awaited, SIGUSR1, SIGUSR1);
  report();
  while (sigwaitinfo(&awaited, nullptr) > 0) {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    const std::int64_t moment = time.tv_sec * 1'000'000'000 + time.tv_nsec;
    if (write(report_to, &moment, sizeof moment) != sizeof moment) return 1;
  }
  return 1;
}

int stop() {
  sigset_t awaited;
  block(awaited, SIGTERM, SIGRTMAX);
  report();
  return sigwaitinfo(&awaited, nullptr) == SIGTERM ? 42 : 43;
}

/// A hundred grandchildren whose parent is gone end together: when the gate is closed.
void orphan_a_hundred() {
  int gate[2], gone[2];
  if (pipe(gate) != 0 || pipe(gone) != 0) _exit(1);
  const pid_t parent = fork();
  if (parent == 0) {
    close(gate[1]);
    char byte = 0;
    for (int i = 0; i < 100; ++i)
      if (fork() == 0) _exit(read(gate[0], &byte, 1) == 0 ? 0 : 1);
    _exit(0);
  }
  close(gate[0]);
  close(gone[1]);
  waitpid(parent, nullptr, 0);
  close(gate[1]);
  char byte = 0;
  while (read(gone[0], &byte, 1) > 0) {
  }
  close(gone[0]);
}

int orphans() {
  report();
  for (char order = 0; read(orders_from, &order, 1) == 1; report())
    for (int burst = 0; burst < 10; ++burst) orphan_a_hundred();
  return 0;
}

}  // namespace

int main(int count, char** words) {
  const std::string_view role = count > 1 ? words[1] : "";
  if (role == "exit") return 0;
  if (count > 2 && !listen_on(words[2])) return 1;
  if (role == "serve") return serve();
  if (role == "signals") return signals();
  if (role == "orphans") return orphans();
  return role == "stop" ? stop() : 64;
}
