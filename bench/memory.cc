#include <fcntl.h>
#include <unistd.h>

#include <fstream>

#include "bench/measure.h"
#include "bench/must.h"

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

void add_sizes_of(pid_t pid, Sizes& sizes) {
  std::ifstream rollup("/proc/" + std::to_string(pid) + "/smaps_rollup");
  std::string word;
  for (double kib = 0; rollup >> word;) {
    if (word == "Rss:" && rollup >> kib) sizes.resident.push_back(kib);
    if (word == "Private_Dirty:" && rollup >> kib) sizes.dirty.push_back(kib);
    if (word == "Anonymous:" && rollup >> kib) sizes.anonymous.push_back(kib);
  }
  if (sizes.dirty.empty()) give_up("read smaps_rollup", "the kernel does not offer it");
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
  Table table{"memory", {"", "private dirty KiB", "anonymous KiB", "resident KiB"}, {}, {}};
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
