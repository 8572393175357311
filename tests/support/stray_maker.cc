// stray_maker [options] MARKER: a web process that leaves others behind.
//
// Starts one stray, prints "ready (pid: N)", and ends with 7 at once; with --waits, at TERM. The stray writes a line to
// the file MARKER when it was told TERM and had its time to clean up.
//
//   --session       the stray is double-forked into a session of its own
//   --strays N      that many of them
//   --ignore-term   the stray cares for nothing but KILL
//   --clean-up MS   how long its clean-up takes, 500 by default
//   --fork-bomb     the strays do nothing but fork, each child too
//   --waits         live until TERM comes
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

struct Options {
  bool has_session = false, ignores_term = false, bombs = false, waits = false;
  int strays = 1, clean_up = 500;
  const char* marker = nullptr;
};

Options parse(int argc, char** argv) {
  Options options;
  for (int at = 1; at < argc; ++at) {
    const std::string_view word = argv[at];
    if (word == "--session")
      options.has_session = true;
    else if (word == "--ignore-term")
      options.ignores_term = true;
    else if (word == "--fork-bomb")
      options.bombs = true;
    else if (word == "--waits")
      options.waits = true;
    else if (word == "--strays" && at + 1 < argc)
      options.strays = std::atoi(argv[++at]);
    else if (word == "--clean-up" && at + 1 < argc)
      options.clean_up = std::atoi(argv[++at]);
    else
      options.marker = argv[at];
  }
  if (options.marker == nullptr) std::exit(64);
  return options;
}

void wait_for_term() {
  sigset_t term;
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  int number = 0;
  sigwait(&term, &number);
}

[[noreturn]] void bomb() {
  while (true)
    if (fork() < 0) poll(nullptr, 0, 1);
}

[[noreturn]] void be_stray(const Options& options) {
  if (options.bombs) bomb();
  if (options.ignores_term)
    while (true) pause();
  wait_for_term();
  poll(nullptr, 0, options.clean_up);
  const int marker = open(options.marker, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  std::_Exit(write(marker, "clean\n", 6) == 6 ? 0 : 1);
}

void make_stray(const Options& options) {
  const pid_t child = fork();
  if (child != 0) {
    // As daemons do: when it is gone, the stray is there.
    if (options.has_session) waitpid(child, nullptr, 0);
    return;
  }
  if (options.has_session) {
    setsid();
    if (fork() != 0) std::_Exit(0);
  }
  be_stray(options);
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse(argc, argv);
  // Blocked before the strays are made: TERM waits for them, however early it comes.
  sigset_t term;
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  sigprocmask(SIG_BLOCK, &term, nullptr);
  for (int i = 0; i < options.strays; ++i) make_stray(options);
  std::printf("ready (pid: %d)\n", getpid());
  std::fflush(stdout);
  if (options.waits) wait_for_term();
  return 7;
}
