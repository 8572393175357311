#include <fstream>
#include <string>
#include <thread>

#include "bench/measure.h"
#include "bench/must.h"

namespace bench {
namespace {

constexpr int turns = 30;
constexpr int orphans_a_turn = 1000;  // bench_child makes them

int children_of(pid_t pid) {
  const auto number = std::to_string(pid);
  std::ifstream children("/proc/" + number + "/task/" + number + "/children");
  int count = 0;
  for (std::string child; children >> child;) ++count;
  return count;
}

double microseconds_an_orphan(const Running& running) {
  const auto before = cpu_time(running.pid());
  running.order();
  if (!running.hear()) give_up("make orphans", "the child is gone");
  while (children_of(running.pid()) > 1) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return static_cast<double>((cpu_time(running.pid()) - before).count()) / 1e3 / orphans_a_turn;
}

}  // namespace

Table measure_orphans(const Field& field) {
  const auto inits = field.inits();
  const auto running = field.start(inits, "orphans");
  std::vector<Samples> samples(inits.size());
  for (int turn = 0; turn < turns; ++turn)
    for (std::size_t i = 0; i < inits.size(); ++i) samples[i].push_back(microseconds_an_orphan(running[i]));
  return compare(inits, samples, {"orphans", {"", "median µs", "best µs"}, {}, {}}, {0.5, 0}, 2);
}

}  // namespace bench
