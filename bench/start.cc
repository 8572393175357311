#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "bench/measure.h"
#include "bench/must.h"

namespace bench {
namespace {

constexpr int turns = 400;

/// As a server that was killed leaves it.
void leave_stale_socket(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const ownership::Fd listener(must(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "make a socket"));
  must(bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind " + path);
}

double microseconds_of(const Field& field, const Contestant& contestant) {
  if (contestant.finds_stale_socket) leave_stale_socket(contestant.socket);
  Running running(field.command(contestant, "exit"));
  running.go();
  const int status = running.wait();
  const auto end = now();
  if (status != 0) give_up("run " + contestant.name, "it ended with " + std::to_string(status));
  return static_cast<double>((end - running.executed_at()).count()) / 1e3;
}

}  // namespace

Table measure_start(const Field& field) {
  const auto& all = field.contestants;
  std::vector<Samples> samples(all.size());
  for (int turn = 0; turn < turns; ++turn)
    for (std::size_t i = 0; i < all.size(); ++i) samples[i].push_back(microseconds_of(field, all[i]));

  const auto of = [&](const std::string& name) -> const Samples& {
    for (std::size_t i = 0; i < all.size(); ++i)
      if (all[i].name == name) return samples[i];
    give_up("compare with " + name, "it was not run");
  };
  const auto &fixed = of("tini-static"), &dynamic = of("tini");
  Table table{"start", {"", "median µs", "quartiles", "× tini-static", "× tini"}, {}, {}};
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& its = samples[i];
    table.rows.push_back({all[i].name, number(median(its)),
                          number(quantile(its, 0.25)) + "–" + number(quantile(its, 0.75)), number(ratio(its, fixed), 2),
                          number(ratio(its, dynamic), 2)});
    if (all[i].is_ours && !all[i].has_manifest)
      table.targets.push_back({all[i].name + " at most 1.05 × tini-static", ratio(its, fixed), 1.05});
    if (all[i].has_manifest) table.targets.push_back({all[i].name + " at most 1.15 × tini", ratio(its, dynamic), 1.15});
  }
  return table;
}

}  // namespace bench
