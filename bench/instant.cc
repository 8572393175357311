#include <algorithm>
#include <csignal>

#include "bench/measure.h"
#include "bench/must.h"

namespace bench {
namespace {

using std::chrono::microseconds;

constexpr int turns = 300;
constexpr microseconds step{4};

/// What bench_child ends with. Ended by TERM itself: it came before the child could wait for it, and was not lost.
constexpr int saw_term = 42, saw_the_last_signal = 43;

bool loses_term(const std::vector<std::string>& command, microseconds delay) {
  Running running(command);
  running.go();
  running.await_exec();
  for (const auto seen = now(); now() - seen < delay;) {
  }
  running.signal(SIGTERM);
  // Signals are taken lowest number first: when the last one comes alone, TERM is lost.
  if (running.hear()) running.signal(SIGRTMAX);
  const int status = running.wait();
  if (status != saw_term && status != saw_the_last_signal && status != 128 + SIGTERM)
    give_up("run " + command.front(), "it ended with " + std::to_string(status));
  return status == saw_the_last_signal;
}

}  // namespace

Table measure_instant(const Field& field) {
  const auto inits = field.inits();
  std::vector<int> at_once(inits.size()), spread(inits.size());
  std::vector<microseconds> last(inits.size());
  for (int turn = 0; turn < turns; ++turn)
    for (std::size_t i = 0; i < inits.size(); ++i) {
      const auto command = field.command(inits[i], "stop");
      if (loses_term(command, microseconds(0))) ++at_once[i];
      const auto delay = turn * step;
      if (!loses_term(command, delay)) continue;
      ++spread[i];
      last[i] = std::max(last[i], delay);
    }

  Table table{"instant", {"", "at once: lost of 300", "within 1.2 ms: lost of 300", "the last at µs"}, {}, {}};
  for (std::size_t i = 0; i < inits.size(); ++i)
    table.rows.push_back({inits[i].name, std::to_string(at_once[i]), std::to_string(spread[i]),
                          spread[i] == 0 ? "–" : std::to_string(last[i].count())});
  return table;
}

}  // namespace bench
