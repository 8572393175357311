// bench_calls: what each of some system calls takes here, a line each: "NAME NANOSECONDS". The best of ten rounds.
#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace {

long nanoseconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

template <typename Call>
void measure(const char* name, int calls, Call call) {
  double best = 1e12;
  for (int round = 0; round < 10; ++round) {
    const long start = nanoseconds();
    for (int i = 0; i < calls; ++i) call();
    best = std::min(best, static_cast<double>(nanoseconds() - start) / calls);
  }
  std::printf("%s %.1f\n", name, best);
}

template <typename Address>
int connect_anew(int family, const Address& address) {
  const int socket = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int result = connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  close(socket);
  return result;
}

}  // namespace

int main() {
  char room[64] = {};
  const int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return 1;
  sockaddr_in nobody{};
  nobody.sin_family = AF_INET;
  nobody.sin_port = htons(1);
  nobody.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr_un nowhere{};
  nowhere.sun_family = AF_UNIX;
  std::strcpy(nowhere.sun_path, "/nonexistent/other.sock");

  measure("getpid", 20000, [] { syscall(SYS_getpid); });
  measure("read", 20000, [&] { return read(zero, room, 1); });
  measure("send+recv", 5000, [&] { return send(pair[0], room, sizeof room, 0) + recv(pair[1], room, sizeof room, 0); });
  measure("connect-TCP", 1000, [&] { return connect_anew(AF_INET, nobody); });
  measure("connect-unix", 300, [&] { return connect_anew(AF_UNIX, nowhere); });
  measure("unlink", 300, [] { return unlink("/nonexistent/other"); });
}
