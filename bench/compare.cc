#include "bench/measure.h"
#include "bench/must.h"

namespace bench {

Table compare(const std::vector<Contestant>& contestants, const std::vector<Samples>& samples, Table table,
              const std::vector<double>& quantiles, int digits) {
  std::size_t best = contestants.size();
  for (std::size_t i = 0; i < contestants.size(); ++i)
    if (contestants[i].is_peer() && (best == contestants.size() || median(samples[i]) < median(samples[best])))
      best = i;
  if (best == contestants.size()) give_up("compare", "there is no peer");

  table.head.push_back("× " + contestants[best].name);
  for (std::size_t i = 0; i < contestants.size(); ++i) {
    std::vector<std::string> row{contestants[i].name};
    for (const double share : quantiles) row.push_back(number(quantile(samples[i], share), digits));
    const double to_best = ratio(samples[i], samples[best]);
    row.push_back(number(to_best, 2));
    table.rows.push_back(row);
    if (contestants[i].is_ours)
      table.targets.push_back(
          {contestants[i].name + " at most the best peer's, " + contestants[best].name, to_best, 1, 2, " ×"});
  }
  return table;
}

}  // namespace bench
