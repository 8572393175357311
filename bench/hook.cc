#include <filesystem>

#include "bench/measure.h"
#include "bench/staged.h"

namespace bench {
namespace {

constexpr int turns = 400;

struct Entrant {
  std::string name;
  std::vector<std::string> words;
  bool finds_stale_socket = false;
};

std::vector<Entrant> entrants(const Field& field, const Staged& staged) {
  const auto beside = std::filesystem::path(field.child).parent_path().string();
  return {{"an empty static hook", {beside + "/bench_empty_hook"}},
          {"a shell hook, sh -c :", {"/bin/sh", "-c", ":"}},
          {"no manifest speaks of the container", staged.stage(field.hook, "/other")},
          {"nothing stands at its socket", staged.stage(field.hook, "/ours")},
          {"one stale socket is removed", staged.stage(field.hook, "/ours"), true}};
}

}  // namespace

Table measure_hook(const Field& field) {
  const Staged staged;
  const auto all = entrants(field, staged);
  std::vector<Samples> samples(all.size());
  for (int turn = 0; turn < turns; ++turn)
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (all[i].finds_stale_socket) staged.leave_stale_socket();
      samples[i].push_back(microseconds_of(all[i].words, staged.path + "/state"));
    }
  Table table{"hook", {"", "median µs", "quartiles", "× empty"}, {}, {}};
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& its = samples[i];
    table.rows.push_back({all[i].name, number(median(its)),
                          number(quantile(its, 0.25)) + "–" + number(quantile(its, 0.75)),
                          number(ratio(its, samples[0]), 2)});
  }
  table.targets.push_back({"no match at most 1.15 × empty", ratio(samples[2], samples[0]), 1.15});
  table.targets.push_back({"one matching socket at most 1.7 × empty", ratio(samples[4], samples[0]), 1.7});
  return table;
}

}  // namespace bench
