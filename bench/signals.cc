#include <unistd.h>

#include <csignal>
#include <cstdint>

#include "bench/measure.h"
#include "bench/must.h"

namespace bench {
namespace {

constexpr int turns = 3000;

double microseconds_to_child(const Running& running) {
  const auto sent = now();
  running.signal(SIGUSR1);
  std::int64_t seen = 0;
  if (read(running.report(), &seen, sizeof seen) != sizeof seen) give_up("send a signal", "the child is gone");
  return static_cast<double>(seen - sent.count()) / 1e3;
}

}  // namespace

Table measure_signals(const Field& field) {
  auto all = field.inits();
  all.insert(all.begin(), field.contestants.front());
  const auto running = field.start(all, "signals");
  for (const auto& each : running) await_quiet(each.pid(), std::chrono::milliseconds(100));
  std::vector<Samples> samples(all.size());
  for (int turn = 0; turn < turns; ++turn)
    for (std::size_t i = 0; i < all.size(); ++i) samples[i].push_back(microseconds_to_child(running[i]));
  return compare(all, samples, {"signals", {"", "p50 µs", "p99 µs"}, {}, {}}, {0.5, 0.99}, 1);
}

}  // namespace bench
