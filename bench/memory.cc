#include <fcntl.h>
#include <unistd.h>

#include "bench/measure.h"
#include "bench/must.h"
#include "bench/smaps.h"

namespace bench {
namespace {

constexpr int turns = 5;
/// An init that has not run for so long has seen that its web process is ready.
constexpr std::chrono::milliseconds quiet{300};

struct Sizes {
  Samples resident, dirty, anonymous;
};

/// The pages of a freshly written file count as dirty until they are on the disk.
void write_back(const std::string& file) {
  const ownership::Fd opened(must(open(file.c_str(), O_RDONLY | O_CLOEXEC), "open " + file));
  must(fsync(opened.get()), "write " + file + " back");
}

void add_sizes_of(pid_t init, Sizes& sizes) {
  const auto processes = with_helpers(init);
  sizes.dirty.push_back(kib_of(processes, "Pss_Dirty"));
  sizes.anonymous.push_back(kib_of(processes, "Pss_Anon"));
  sizes.resident.push_back(kib_of({init}, "Rss"));
}

}  // namespace

Table measure_memory(const Field& field) {
  const auto inits = field.inits();
  for (const auto& init : inits) write_back(init.words.front());
  std::vector<Sizes> sizes(inits.size());
  for (int turn = 0; turn < turns; ++turn) {
    const auto running = field.start(inits, "serve");
    for (std::size_t i = 0; i < inits.size(); ++i) {
      await_quiet(running[i].pid(), quiet);
      add_sizes_of(running[i].pid(), sizes[i]);
    }
  }

  double tini = 0, tini_static = 0;
  Table table{"memory", {"", "dirty KiB", "anonymous KiB", "resident KiB"}, {}, {}};
  for (std::size_t i = 0; i < inits.size(); ++i) {
    const double dirty = median(sizes[i].dirty);
    table.rows.push_back(
        {inits[i].name, number(dirty), number(median(sizes[i].anonymous)), number(median(sizes[i].resident))});
    if (inits[i].name == "tini") tini = dirty;
    if (inits[i].name == "tini-static") tini_static = dirty;
    if (!inits[i].has_manifest) continue;
    table.targets.push_back({inits[i].name + " at most tini's " + number(tini) + " KiB", dirty, tini, 0, " KiB"});
    table.targets.push_back(
        {"the aim: at most tini-static's " + number(tini_static) + " KiB", dirty, tini_static, 0, " KiB"});
  }
  return table;
}

}  // namespace bench
