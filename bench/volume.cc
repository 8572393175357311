#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "bench/measure.h"
#include "bench/must.h"
#include "bench/staged.h"
#include "manifests/limits.h"
#include "ownership/fd.h"

namespace bench {
namespace {

constexpr std::array sizes{10, 100, 1000, 10000};
constexpr int turns = 5;

std::string name_of(int number) { return "s" + std::to_string(number) + ".sock"; }

void own(const Staged& staged, int count) {
  constexpr int most = manifests::max_claims;
  for (int first = 0; first < count; first += most) {
    std::string sockets;
    for (int number = first; number < std::min(first + most, count); ++number)
      sockets += (sockets.empty() ? "" : ", ") + ("{path: /run/web/" + name_of(number) + "}");
    staged.write_manifest("/ours", "bench" + std::to_string(first), sockets);
  }
}

void fill(const Staged& staged, int count) {
  for (int number = 0; number < count; ++number) staged.leave_stale_socket(name_of(number));
}

void knock(int pin) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  ("/proc/self/fd/" + std::to_string(pin)).copy(address.sun_path, sizeof address.sun_path - 1);
  const ownership::Fd knocker(must(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "make a socket"));
  if (connect(knocker.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    give_up("measure a stale socket", "it lives");
}

/// The least that can be done for each: open, knock, move aside, knock, unlink.
double bare_microseconds(const Staged& staged, int count) {
  const auto aside = staged.path + "/data/aside";
  must(mkdir(aside.c_str(), 0700), "make a directory");
  const ownership::Fd from(must(open(staged.volume().c_str(), O_PATH | O_CLOEXEC), "open the volume"));
  const ownership::Fd to(must(open(aside.c_str(), O_PATH | O_CLOEXEC), "open a directory"));
  const auto start = now();
  for (int number = 0; number < count; ++number) {
    const auto name = name_of(number);
    const ownership::Fd pin(must(openat(from.get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC), "open a socket"));
    knock(pin.get());
    must(renameat2(from.get(), name.c_str(), to.get(), name.c_str(), RENAME_NOREPLACE), "move a socket");
    knock(pin.get());
    must(unlinkat(to.get(), name.c_str(), 0), "remove a socket");
  }
  const auto end = now();
  must(rmdir(aside.c_str()), "remove a directory");
  return static_cast<double>((end - start).count()) / 1e3;
}

}  // namespace

Table measure_volume(const Field& field) {
  Table table{"volume", {"stale sockets", "hook, ms", "µs each", "bare calls, ms", "× bare"}, {}, {}};
  for (const int count : sizes) {
    const Staged staged;
    own(staged, count);
    Samples ours, bare;
    for (int turn = 0; turn < turns; ++turn) {
      fill(staged, count);
      bare.push_back(bare_microseconds(staged, count));
      fill(staged, count);
      ours.push_back(microseconds_of(staged.stage(field.hook, "/ours"), staged.path + "/state"));
    }
    table.rows.push_back({std::to_string(count), number(median(ours) / 1e3, 1), number(median(ours) / count),
                          number(median(bare) / 1e3, 1), number(ratio(ours, bare), 2)});
    if (count == sizes.back()) table.targets.push_back({"10,000 at most 2 × the bare calls", ratio(ours, bare), 2});
  }
  return table;
}

}  // namespace bench
