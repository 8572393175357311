// witness_server [options] NAME [SOCKET]: a small web process for the tests, blind as real ones are.
//
// Prints "ready (pid: N)" once it serves, answers every connection with "NAME N\n" and closes it. Ends with 0 on TERM,
// INT or QUIT, and leaves its socket behind. Without --unlink-first a socket that is there already ends it with 1.
//
//   --unlink-first   remove what stands at SOCKET without looking
//   --ignore-term    ignore TERM, INT and QUIT
//   --no-listen      bind only, then wait
//   --no-accept      listen, but leave every connection in the queue
//   --backlog N      of listen(2), 16 by default
//   --seqpacket      SOCK_SEQPACKET in place of SOCK_STREAM
//   --tcp PORT       serve a TCP port, beside SOCKET or alone
//   --pid-file FILE  as Rails and httpd: end with 1 when FILE holds the number of any live process; remove it at the
//   end
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

namespace {

struct Options {
  std::string name, socket, pid_file;
  bool unlinks_first = false, ignores_term = false, listens = true, accepts = true, seqpacket = false;
  int backlog = 16, tcp_port = 0;
};

volatile sig_atomic_t asked_to_stop = 0;

[[noreturn]] void usage() {
  std::fputs("usage: witness_server [options] NAME [SOCKET]\n", stderr);
  std::exit(64);
}

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

Options parse(int argc, char** argv) {
  Options options;
  int at = 1;
  const auto value = [&] { return ++at < argc ? argv[at] : (usage(), nullptr); };
  for (; at < argc && argv[at][0] == '-'; ++at) {
    const std::string_view word = argv[at];
    if (word == "--unlink-first")
      options.unlinks_first = true;
    else if (word == "--ignore-term")
      options.ignores_term = true;
    else if (word == "--no-listen")
      options.listens = false;
    else if (word == "--no-accept")
      options.accepts = false;
    else if (word == "--seqpacket")
      options.seqpacket = true;
    else if (word == "--backlog")
      options.backlog = std::atoi(value());
    else if (word == "--tcp")
      options.tcp_port = std::atoi(value());
    else if (word == "--pid-file")
      options.pid_file = value();
    else
      usage();
  }
  if (at >= argc) usage();
  options.name = argv[at++];
  if (at < argc) options.socket = argv[at++];
  if (at != argc) usage();
  return options;
}

void write_pid_file(const std::string& path) {
  if (std::FILE* old = std::fopen(path.c_str(), "r")) {
    long number = 0;
    const bool has_number = std::fscanf(old, "%ld", &number) == 1 && number > 0;
    std::fclose(old);
    if (has_number && (::kill(static_cast<pid_t>(number), 0) == 0 || errno == EPERM)) {
      std::fprintf(stderr, "A server is already running (pid: %ld, file: %s)\n", number, path.c_str());
      std::exit(1);
    }
  }
  std::FILE* file = std::fopen(path.c_str(), "w");
  if (file == nullptr) die("pid file");
  std::fprintf(file, "%d\n", ::getpid());
  std::fclose(file);
}

int listen_on(int socket, const Options& options) {
  if (options.listens && ::listen(socket, options.backlog) != 0) die("listen");
  return socket;
}

int open_unix(const Options& options) {
  const int type = options.seqpacket ? SOCK_SEQPACKET : SOCK_STREAM;
  const int socket = ::socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (options.socket.size() >= sizeof address.sun_path) usage();
  std::memcpy(address.sun_path, options.socket.c_str(), options.socket.size() + 1);
  if (options.unlinks_first) ::unlink(address.sun_path);
  if (::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) die("bind");
  return listen_on(socket, options);
}

int open_tcp(const Options& options) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(options.tcp_port));
  if (::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) die("bind");
  return listen_on(socket, options);
}

void answer(int listener, const std::string& name) {
  const int client = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
  if (client < 0) return;
  const std::string text = name + " " + std::to_string(::getpid()) + "\n";
  ::send(client, text.data(), text.size(), MSG_NOSIGNAL);
  ::close(client);
}

void handle_signals(bool ignores_term, sigset_t& outside_poll) {
  struct sigaction action {};
  action.sa_handler = [](int) { asked_to_stop = 1; };
  if (ignores_term) action.sa_handler = SIG_IGN;
  sigset_t stops;
  ::sigemptyset(&stops);
  for (const int number : {SIGTERM, SIGINT, SIGQUIT}) {
    ::sigaction(number, &action, nullptr);
    ::sigaddset(&stops, number);
  }
  // Delivered in ppoll(2) only, so that none falls between the look at the flag and the wait.
  ::sigprocmask(SIG_BLOCK, &stops, &outside_poll);
  for (const int number : {SIGTERM, SIGINT, SIGQUIT}) ::sigdelset(&outside_poll, number);
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse(argc, argv);
  sigset_t during_poll;
  handle_signals(options.ignores_term, during_poll);
  if (!options.pid_file.empty()) write_pid_file(options.pid_file);
  std::array<pollfd, 2> listeners{{{-1, POLLIN, 0}, {-1, POLLIN, 0}}};
  if (!options.socket.empty()) listeners[0].fd = open_unix(options);
  if (options.tcp_port != 0) listeners[1].fd = open_tcp(options);
  std::printf("ready (pid: %d)\n", ::getpid());
  std::fflush(stdout);
  while (asked_to_stop == 0) {
    const bool serves = options.listens && options.accepts;
    if (::ppoll(listeners.data(), serves ? listeners.size() : 0, nullptr, &during_poll) <= 0) continue;
    for (const auto& listener : listeners)
      if ((listener.revents & POLLIN) != 0) answer(listener.fd, options.name);
  }
  if (!options.pid_file.empty()) ::unlink(options.pid_file.c_str());
  return 0;
}
