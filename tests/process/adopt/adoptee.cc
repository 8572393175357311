// A server that knows nothing of its launcher, in the ways that servers have of making a unix socket.
//   adoptee [options] NAME PATH
//     --unlink-first      unlink(2) blindly
//     --connect-first     refuse to start when somebody answers at PATH
//     --in-thread         in another thread than the first
//     --in-child          in a forked child, which serves while the first process waits
//     --from DIRECTORY    PATH is relative to it
//     --at DIRECTORY      the same, by unlinkat(2) and renameat(2)
//     --temporary         bind PATH.PID.tmp, rename it to PATH
//     --late-rename       with --temporary: listen before
//     --nonblocking, --keep-on-exec, --dgram, --seqpacket, --no-listen
//     --uid N             become another user first
//     --io-uring          try to make one, and say how that ends
//     --again             then bind the same path once more, in this process
//     --second            then, unlink it and bind it in a forked child, and say how that ends
//     --flood             then unlink PATH and other names without end, in four threads
//     --unlink-at-exit    at TERM; without it TERM ends the process at once
// It prints "ready (pid: N)" and answers each connection with "NAME PID".
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>

namespace {

struct Options {
  std::string name, path, directory;
  bool unlinks_first = false, connects_first = false, in_thread = false, in_child = false, at = false;
  bool temporary = false, late_rename = false, listens = true, io_uring = false, again = false, second = false;
  bool flood = false, unlinks_at_exit = false;
  int type = SOCK_STREAM, flags = SOCK_CLOEXEC;
  unsigned uid = 0;
};

volatile sig_atomic_t asked_to_stop = 0;

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

void parse_word(std::string_view word, Options& options) {
  const std::pair<std::string_view, bool*> flags[] = {
      {"--unlink-first", &options.unlinks_first}, {"--connect-first", &options.connects_first},
      {"--in-thread", &options.in_thread},        {"--in-child", &options.in_child},
      {"--temporary", &options.temporary},        {"--late-rename", &options.late_rename},
      {"--io-uring", &options.io_uring},          {"--again", &options.again},
      {"--second", &options.second},              {"--flood", &options.flood},
      {"--unlink-at-exit", &options.unlinks_at_exit}};
  for (const auto& [text, flag] : flags)
    if (word == text) *flag = true;
  if (word == "--no-listen") options.listens = false;
  if (word == "--dgram") options.type = SOCK_DGRAM, options.listens = false;
  if (word == "--seqpacket") options.type = SOCK_SEQPACKET;
  if (word == "--nonblocking") options.flags |= SOCK_NONBLOCK;
  if (word == "--keep-on-exec") options.flags &= ~SOCK_CLOEXEC;
}

Options parse(int argc, char** argv) {
  Options options;
  int at = 1;
  for (; at < argc && argv[at][0] == '-'; ++at) {
    const std::string_view word = argv[at];
    options.at = options.at || word == "--at";
    if (word == "--from" || word == "--at")
      options.directory = argv[++at];
    else if (word == "--uid")
      options.uid = static_cast<unsigned>(std::atoi(argv[++at]));
    else
      parse_word(word, options);
  }
  if (at + 2 != argc) std::exit(64);
  options.name = argv[at];
  options.path = argv[at + 1];
  return options;
}

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  return address;
}

/// As many servers do, only as many bytes as the path has.
int with_address(int (*call)(int, const sockaddr*, socklen_t), int socket, const std::string& path) {
  const auto address = address_of(path);
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  return call(socket, reinterpret_cast<const sockaddr*>(&address), length);
}

void refuse_to_be_second(const Options& options) {
  const int socket = ::socket(AF_UNIX, options.type | SOCK_CLOEXEC, 0);
  if (with_address(connect, socket, options.path) == 0) {
    std::fputs("somebody serves there already\n", stderr);
    std::exit(3);
  }
  if (errno != ECONNREFUSED && errno != ENOENT) die("connect");
  close(socket);
}

void remove_old(const Options& options, int directory) {
  const int failed = options.at ? unlinkat(directory, options.path.c_str(), 0) : unlink(options.path.c_str());
  if (failed != 0 && errno != ENOENT) die("unlink");
}

int make_socket(const Options& options) {
  const int directory = options.at ? open(options.directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : AT_FDCWD;
  if (!options.directory.empty() && chdir(options.directory.c_str()) != 0) die("chdir");
  if (options.connects_first) refuse_to_be_second(options);
  if (options.unlinks_first) remove_old(options, directory);
  const int socket = ::socket(AF_UNIX, options.type | options.flags, 0);
  const auto temporary = options.path + "." + std::to_string(getpid()) + ".tmp";
  if (with_address(bind, socket, options.temporary ? temporary : options.path) != 0) die("bind");
  if (options.temporary && chmod(temporary.c_str(), 0666) != 0) die("chmod");
  if (options.late_rename && listen(socket, 64) != 0) die("listen");
  if (options.temporary && renameat(directory, temporary.c_str(), directory, options.path.c_str()) != 0) die("rename");
  if (options.temporary && access(temporary.c_str(), F_OK) == 0) std::printf("the temporary name is still there\n");
  if (!options.temporary && chmod(options.path.c_str(), 0777) != 0) die("chmod");
  if (options.listens && listen(socket, 64) != 0) die("listen");
  std::printf("nonblocking=%d cloexec=%d\n", (fcntl(socket, F_GETFL) & O_NONBLOCK) != 0,
              (fcntl(socket, F_GETFD) & FD_CLOEXEC) != 0);
  return socket;
}

void try_io_uring() {
  std::array<char, 256> parameters{};
  const long ring = syscall(SYS_io_uring_setup, 8, parameters.data());
  std::printf("io_uring: %s\n", ring < 0 ? std::strerror(errno) : "made");
}

void try_second(const Options& options) {
  std::fflush(stdout);
  if (fork() == 0) {
    unlink(options.path.c_str());
    const int socket = ::socket(AF_UNIX, options.type | SOCK_CLOEXEC, 0);
    std::printf("second: %s\n", with_address(bind, socket, options.path) == 0 ? "bound" : std::strerror(errno));
    std::fflush(stdout);
    std::_Exit(0);
  }
  wait(nullptr);
}

[[noreturn]] void flood(const std::string& path) {
  for (unsigned long i = 0;; ++i) {
    unlink(path.c_str());
    unlink("/nonexistent/other");
  }
}

void serve(int socket, const Options& options) {
  const auto text = options.name + " " + std::to_string(getpid()) + "\n";
  while (asked_to_stop == 0) {
    pollfd ready{socket, POLLIN, 0};
    if (poll(&ready, options.listens ? 1 : 0, -1) <= 0) continue;
    const int client = accept4(socket, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    std::array<char, 4096> request;
    [[maybe_unused]] const auto heard = recv(client, request.data(), request.size(), 0);
    send(client, text.data(), text.size(), MSG_NOSIGNAL);
    close(client);
  }
}

void become(const Options& options) {
  if (options.uid != 0 && (setgid(options.uid) != 0 || setuid(options.uid) != 0)) die("setuid");
  if (options.io_uring) try_io_uring();
  if (!options.unlinks_at_exit) return;
  struct sigaction action {};
  action.sa_handler = [](int) { asked_to_stop = 1; };
  sigaction(SIGTERM, &action, nullptr);
}

int run(const Options& options) {
  int socket = -1;
  if (options.in_thread)
    std::thread([&] { socket = make_socket(options); }).join();
  else
    socket = make_socket(options);
  if (options.again) close(socket), socket = make_socket(options);
  if (options.second) try_second(options);
  std::printf("ready (pid: %d)\n", getpid());
  std::fflush(stdout);
  for (int i = 0; options.flood && i < 4; ++i) std::thread(flood, options.path).detach();
  serve(socket, options);
  if (unlink(options.path.c_str()) != 0) die("unlink");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const auto options = parse(argc, argv);
  become(options);
  if (!options.in_child) return run(options);
  const pid_t child = fork();
  if (child == 0) std::_Exit(run(options));
  struct sigaction action {};
  static pid_t told = child;
  action.sa_handler = [](int number) { kill(told, number); };
  sigaction(SIGTERM, &action, nullptr);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
