// witness_server [options] NAME [SOCKET]: a small web process for the tests, blind as real ones are.
//
// Prints "ready (pid: N)" once it serves, answers every connection with "NAME N\n" and closes it; a client that sends
// "GET …" at once is answered in HTTP. Ends with 0 on TERM, INT or QUIT, and leaves its socket behind. Without
// --unlink-first a socket that is there already ends it with 1.
//
//   --unlink-first   remove what stands at SOCKET without looking
//   --ignore-term    ignore TERM, INT and QUIT
//   --inherit        serve the listener that LISTEN_FDS gives, in place of SOCKET, which is then but a name to find us by
//   --no-listen      bind only, then wait
//   --no-accept      listen, but leave every connection in the queue
//   --backlog N      of listen(2), 16 by default
//   --seqpacket      SOCK_SEQPACKET in place of SOCK_STREAM
//   --dgram          SOCK_DGRAM: answers nobody
//   --tcp PORT       serve a TCP port, beside SOCKET or alone
//   --pid-file FILE  as Rails and httpd: end with 1 when FILE holds the number of any live process; remove it at the
//                    end
//   --start-delay MS       be slow to bind
//   --exit-after-start N   end with N once it serves
//   --fork-workers N       N children that share the listeners and wait for their own TERM
//   --stop-self            SIGSTOP itself once it serves
//   --notify               tell NOTIFY_SOCKET READY=1, as sd_notify(3) does
//   --notify-late MS       the same, after that time
//   --http-status N        the status of its HTTP answers, 200 by default
//   --slow MS              to "GET /slow" say "answering", and answer so much later; a stop signal meanwhile drops it
//   --mark WORD            nothing: an argument to be found by
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

namespace {

struct Options {
  std::string name, socket, pid_file;
  bool unlinks_first = false, ignores_term = false, inherits = false, listens = true, accepts = true, stops_itself = false;
  int type = SOCK_STREAM, backlog = 16, tcp_port = 0, workers = 0, http_status = 200;
  int slowness = 0, start_delay = 0, notify_delay = -1, exit_code = -1;
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

bool parse_flag(std::string_view word, Options& options) {
  if (word == "--unlink-first")
    options.unlinks_first = true;
  else if (word == "--inherit")
    options.inherits = true;
  else if (word == "--ignore-term")
    options.ignores_term = true;
  else if (word == "--no-listen")
    options.listens = false;
  else if (word == "--no-accept")
    options.accepts = false;
  else if (word == "--seqpacket")
    options.type = SOCK_SEQPACKET;
  else if (word == "--dgram")
    options.type = SOCK_DGRAM;
  else if (word == "--stop-self")
    options.stops_itself = true;
  else if (word == "--notify")
    options.notify_delay = 0;
  else
    return false;
  return true;
}

int* number_for(std::string_view word, Options& options) {
  if (word == "--backlog") return &options.backlog;
  if (word == "--tcp") return &options.tcp_port;
  if (word == "--slow") return &options.slowness;
  if (word == "--start-delay") return &options.start_delay;
  if (word == "--exit-after-start") return &options.exit_code;
  if (word == "--fork-workers") return &options.workers;
  if (word == "--notify-late") return &options.notify_delay;
  if (word == "--http-status") return &options.http_status;
  return nullptr;
}

Options parse(int argc, char** argv) {
  Options options;
  int at = 1;
  const auto value = [&] { return ++at < argc ? argv[at] : (usage(), nullptr); };
  for (; at < argc && argv[at][0] == '-'; ++at) {
    const std::string_view word = argv[at];
    if (parse_flag(word, options)) continue;
    if (word == "--mark")
      value();
    else if (word == "--pid-file")
      options.pid_file = value();
    else if (int* const number = number_for(word, options))
      *number = std::atoi(value());
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
  if (options.listens && options.type != SOCK_DGRAM && ::listen(socket, options.backlog) != 0) die("listen");
  return socket;
}

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) usage();
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

/// As sd_listen_fds(3) has it: the descriptors are for us alone.
int inherited_listener() {
  const char* const pid = std::getenv("LISTEN_PID");
  const char* const count = std::getenv("LISTEN_FDS");
  if (pid == nullptr || count == nullptr || std::atoi(pid) != ::getpid() || std::atoi(count) < 1) {
    std::fprintf(stderr, "no listener was given to us\n");
    std::exit(1);
  }
  return 3;
}

int open_unix(const Options& options) {
  if (options.inherits) return inherited_listener();
  const int socket = ::socket(AF_UNIX, options.type | SOCK_CLOEXEC, 0);
  const sockaddr_un address = address_of(options.socket);
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

void answer(int listener, const Options& options, const sigset_t& during_wait) {
  const int client = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
  if (client < 0) return;
  std::string text = options.name + " " + std::to_string(::getpid()) + "\n";
  // A client that only listens may say so at once by shutdown(2); another gets a moment to begin to speak.
  pollfd speaks{client, POLLIN, 0};
  ::poll(&speaks, 1, 10);
  std::array<char, 512> request{};
  const bool has_spoken = ::recv(client, request.data(), request.size(), MSG_DONTWAIT) > 0;
  if (has_spoken && std::string_view(request.data()).starts_with("GET /slow ")) {
    std::puts("answering");
    std::fflush(stdout);
    const timespec delay{options.slowness / 1000, options.slowness % 1000 * 1'000'000L};
    if (::ppoll(nullptr, 0, &delay, &during_wait) < 0) std::_Exit(0);
  }
  if (has_spoken && std::string_view(request.data()).starts_with("GET "))
    text = "HTTP/1.0 " + std::to_string(options.http_status) + " -\r\nContent-Length: " + std::to_string(text.size()) +
           "\r\nConnection: close\r\n\r\n" + text;
  ::send(client, text.data(), text.size(), MSG_NOSIGNAL);
  ::close(client);
}

void notify() {
  const char* const path = std::getenv("NOTIFY_SOCKET");
  if (path == nullptr) die("NOTIFY_SOCKET");
  sockaddr_un address = address_of(path);
  // As of unix(7), an abstract name ends with the length: no zero follows it.
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + std::strlen(path));
  if (path[0] == '@') address.sun_path[0] = '\0';
  const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  constexpr std::string_view text = "READY=1\nSTATUS=serving";
  if (::sendto(socket, text.data(), text.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address), length) < 0)
    die("sd_notify");
  ::close(socket);
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

void fork_workers(int count, const sigset_t& during_wait) {
  for (int i = 0; i < count; ++i) {
    if (::fork() != 0) continue;
    while (asked_to_stop == 0) ::sigsuspend(&during_wait);
    std::_Exit(0);
  }
}

void report_for_duty(const Options& options, const sigset_t& during_wait) {
  fork_workers(options.workers, during_wait);
  std::printf("ready (pid: %d)\n", ::getpid());
  std::fflush(stdout);
  if (options.notify_delay >= 0) {
    ::poll(nullptr, 0, options.notify_delay);
    notify();
  }
  if (options.exit_code >= 0) std::_Exit(options.exit_code);
  if (options.stops_itself) ::raise(SIGSTOP);
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse(argc, argv);
  sigset_t during_wait;
  handle_signals(options.ignores_term, during_wait);
  ::poll(nullptr, 0, options.start_delay);
  if (!options.pid_file.empty()) write_pid_file(options.pid_file);
  std::array<pollfd, 2> listeners{{{-1, POLLIN, 0}, {-1, POLLIN, 0}}};
  if (!options.socket.empty()) listeners[0].fd = open_unix(options);
  if (options.tcp_port != 0) listeners[1].fd = open_tcp(options);
  report_for_duty(options, during_wait);
  const bool serves = options.listens && options.accepts && options.type != SOCK_DGRAM;
  while (asked_to_stop == 0) {
    if (::ppoll(listeners.data(), serves ? listeners.size() : 0, nullptr, &during_wait) <= 0) continue;
    for (const auto& listener : listeners)
      if ((listener.revents & POLLIN) != 0) answer(listener.fd, options, during_wait);
  }
  if (!options.pid_file.empty()) ::unlink(options.pid_file.c_str());
  return 0;
}
