// witness [--report] [--exit-on SIGNAL=CODE]... [--die-of SIGNAL] [--exit CODE] [--devour MEGABYTES]: says what it was
// given and what it receives.
//
// Prints "ready (pid: N)", then the number of each signal it receives, one a line. SIGTERM ends it with 0 unless
// --exit-on says otherwise (CODE -1: it goes on). With --die-of or --exit it is over at once, in this way; with
// --devour it first uses that much memory.
//
//   --report   first what it was started with: the ids, the foreground group of its terminal, the working directory,
//              the signals blocked and ignored, the open descriptors, and what the environment says of sockets
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cinttypes>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace {

constexpr int signal_count = 65;
constexpr int goes_on = -1;

struct Options {
  std::array<int, signal_count> exits{};
  bool reports = false;
  int dies_of = 0, exit_code = -1, devours = 0;
};

Options parse(int argc, char** argv) {
  Options options;
  options.exits.fill(goes_on);
  options.exits[SIGTERM] = 0;
  for (int at = 1; at < argc; ++at) {
    const std::string_view word = argv[at];
    if (word == "--report") {
      options.reports = true;
    } else if (word == "--die-of" && at + 1 < argc) {
      options.dies_of = std::atoi(argv[++at]);
    } else if (word == "--devour" && at + 1 < argc) {
      options.devours = std::atoi(argv[++at]);
    } else if (word == "--exit" && at + 1 < argc) {
      options.exit_code = std::atoi(argv[++at]);
    } else if (word == "--exit-on" && at + 1 < argc) {
      int number = 0, code = 0;
      if (std::sscanf(argv[++at], "%d=%d", &number, &code) == 2 && number > 0 && number < signal_count)
        options.exits[static_cast<std::size_t>(number)] = code;
    } else {
      std::fprintf(stderr, "witness: %s?\n", argv[at]);
      std::exit(64);
    }
  }
  return options;
}

/// The system call itself: the C library hides two signals.
std::uint64_t block_all() {
  const std::uint64_t every = ~std::uint64_t{0};
  std::uint64_t before = 0;
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &every, &before, sizeof every);
  return before;
}

/// But 32 and 33, which are glibc's own: its posix_spawn(3) leaves them ignored in all that make(1) starts.
std::uint64_t ignored_signals() {
  std::uint64_t ignored = 0;
  for (int number = 1; number < signal_count; ++number) {
    if (number == 32 || number == 33) continue;
    struct {
      void* handler;
      unsigned long flags;
      void* restorer;
      std::uint64_t mask;
    } action{};
    if (syscall(SYS_rt_sigaction, number, nullptr, &action, sizeof action.mask) == 0 &&
        action.handler == reinterpret_cast<void*>(1))
      ignored |= std::uint64_t{1} << (number - 1);
  }
  return ignored;
}

void report_descriptors() {
  std::printf("descriptors:");
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  const int end = limit.rlim_cur < 65536 ? static_cast<int>(limit.rlim_cur) : 65536;
  for (int number = 0; number < end; ++number)
    if (fcntl(number, F_GETFD) >= 0) std::printf(" %d", number);
  std::printf("\n");
}

void report(std::uint64_t blocked) {
  std::array<char, 4096> directory{};
  if (getcwd(directory.data(), directory.size()) == nullptr) directory = {'?'};
  std::printf("parent: %d\ngroup leader: %s\nsession leader: %s\n", getppid(), getpgrp() == getpid() ? "yes" : "no",
              getsid(0) == getpid() ? "yes" : "no");
  std::printf("foreground: %s\n", tcgetpgrp(0) == getpgrp() ? "yes" : "no");
  std::printf("directory: %s\nblocked: %016" PRIx64 "\nignored: %016" PRIx64 "\n", directory.data(), blocked,
              ignored_signals());
  report_descriptors();
  for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PIDFDID", "NOTIFY_SOCKET"})
    if (const char* value = std::getenv(name)) std::printf("%s=%s\n", name, value);
}

void devour(int megabytes) {
  for (int i = 0; i < megabytes; ++i) {
    constexpr std::size_t megabyte = 1 << 20;
    void* const room = mmap(nullptr, megabyte, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room != MAP_FAILED) std::memset(room, 1, megabyte);
  }
}

[[noreturn]] void die_of(int number) {
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  struct {
    void* handler;
    unsigned long flags;
    void* restorer;
    std::uint64_t mask;
  } const by_default{};
  syscall(SYS_rt_sigaction, number, &by_default, nullptr, sizeof by_default.mask);
  const std::uint64_t none = 0;
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, nullptr, sizeof none);
  kill(getpid(), number);
  std::_Exit(99);
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse(argc, argv);
  const std::uint64_t blocked = block_all();
  if (options.reports) report(blocked);
  std::printf("ready (pid: %d)\n", getpid());
  std::fflush(stdout);
  devour(options.devours);
  if (options.dies_of != 0) die_of(options.dies_of);
  if (options.exit_code >= 0) return options.exit_code;

  const std::uint64_t every = ~std::uint64_t{0};
  const int inbox = static_cast<int>(syscall(SYS_signalfd4, -1, &every, sizeof every, SFD_CLOEXEC));
  signalfd_siginfo arrived{};
  while (read(inbox, &arrived, sizeof arrived) == sizeof arrived) {
    std::printf("%u\n", arrived.ssi_signo);
    std::fflush(stdout);
    const int code = options.exits[arrived.ssi_signo];
    if (code != goes_on) return code;
  }
  return 98;
}
