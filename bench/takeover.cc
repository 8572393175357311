#include "bench/takeover.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <fstream>
#include <memory>

#include "bench/must.h"
#include "bench/running.h"
#include "control/control_socket.h"

namespace bench {
namespace {

using control::Verb;
using ownership::Fd;

constexpr int turns = 200;

/// The predecessor's part, played without a launcher: so that nothing but the newcomer is measured.
class Holder {
 public:
  explicit Holder(const std::string& directory) {
    const auto records = directory + "/.solinit";
    must(mkdir(records.c_str(), 0700), "make a directory");
    records_.reset(must(open(records.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), "open a directory"));
    lease_.reset(must(openat(records_.get(), "web.sock.lease", O_RDWR | O_CREAT | O_CLOEXEC, 0600), "make a lease"));
    must(flock(lease_.get(), LOCK_EX | LOCK_NB), "lock a lease");
    auto door = control::listen_as(records_.get(), "web.sock");
    if (!door) give_up("listen", door.error().why);
    door_ = std::move(*door);
    std::array<int, 2> line;
    must(pipe2(line.data(), O_CLOEXEC), "make a pipe");
    line_ = {Fd(line[0]), Fd(line[1])};
  }

  /// The next newcomer's time from TAKE to READY, in milliseconds.
  double time_of_one() {
    await(door_.get());
    const Fd peer(must(accept4(door_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK), "accept"));
    expect(peer, Verb::take);
    const auto asked = now();
    const std::array given{lease_.get(), line_[0].get()};
    control::send_message(peer.get(), {.verb = Verb::grant, .container = "holder", .generation = 1}, given);
    expect(peer, Verb::drain);
    control::send_message(peer.get(), {.verb = Verb::stopped});
    expect(peer, Verb::ready);
    return std::chrono::duration<double, std::milli>(now() - asked).count();
  }

 private:
  static void await(int descriptor) {
    pollfd incoming{descriptor, POLLIN, 0};
    if (poll(&incoming, 1, 10'000) != 1) give_up("take over", "no word within 10 s");
  }
  void expect(const Fd& peer, Verb verb) const {
    await(peer.get());
    const auto received = std::make_unique<control::Received>();
    const bool is_message = control::receive(peer.get(), *received) == control::Receipt::message;
    const auto message = is_message ? control::parse_message(received->text()) : std::nullopt;
    if (!message || message->verb != verb) give_up("take over", "not the word that was expected");
  }

  Fd records_, lease_, door_;
  std::array<Fd, 2> line_;
};

/// From fork(2) until the server that inherits a listener answers its first request, in milliseconds.
double boot_of_one(const Programs& programs, const std::string& directory) {
  const auto path = directory + "/boot.sock";
  unlink(path.c_str());
  const Fd listener(must(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "make a socket"));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  must(bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind a socket");
  must(listen(listener.get(), 16), "listen");
  const Fd client(must(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "make a socket"));
  must(connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), "connect");
  const auto begin = now();
  const Process server({programs.server, "--inherit", "boot", path}, {"LISTEN_FDS=1"}, listener.get());
  shutdown(client.get(), SHUT_WR);
  char first = 0;
  must(recv(client.get(), &first, 1, 0), "receive");
  return std::chrono::duration<double, std::milli>(now() - begin).count();
}

double time_of_takeover(const Programs& programs, const std::string& directory) {
  const auto path = directory + "/web.sock";
  std::ofstream(directory + "/manifest.yaml") << "version: 1\nowner: shop\nsockets: [{path: " << path
                                              << ", activation: inherit}]\nready: {when: {http: /}}\n";
  Holder holder(directory);
  Process newcomer({programs.launcher, "-m", directory + "/manifest.yaml", "--", programs.server, "--inherit", "new", path},
                         {"SOLINIT_CONTAINER_ID=new"});
  const double time = holder.time_of_one();
  newcomer.end();
  return time;
}

}  // namespace

Table measure_takeover(const Programs& programs, const std::string& room) {
  Samples boots, takeovers, rests;
  for (int turn = 0; turn < turns; ++turn) {
    const auto directory = room + "/takeover" + std::to_string(turn);
    must(mkdir(directory.c_str(), 0755), "make a directory");
    boots.push_back(boot_of_one(programs, directory));
    takeovers.push_back(time_of_takeover(programs, directory));
    rests.push_back(takeovers.back() - boots.back());
  }
  Table table{"takeover", {"", "p50 ms", "p90 ms", "max ms"}, {}, {}};
  const auto add = [&](const char* name, const Samples& samples) {
    table.rows.push_back({name, number(median(samples), 2), number(quantile(samples, 0.9), 2), number(quantile(samples, 1), 1)});
  };
  add("TAKE to READY", takeovers);
  add("the server's own boot, to its first answer", boots);
  add("the rest", rests);
  table.targets.push_back({"TAKE to READY less the server's boot at the median under 5 ms", median(rests), 5, 1, " ms"});
  return table;
}

}  // namespace bench
