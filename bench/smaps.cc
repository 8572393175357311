#include "bench/smaps.h"

#include <fstream>

#include "bench/must.h"

namespace bench {
namespace {

std::string file_of(pid_t process, const std::string& name) { return "/proc/" + std::to_string(process) + "/" + name; }

}  // namespace

std::vector<pid_t> with_helpers(pid_t init) {
  std::vector<pid_t> processes{init};
  std::ifstream children(file_of(init, "task/" + std::to_string(init) + "/children"));
  for (pid_t child = 0; children >> child;) {
    std::string name;
    if (std::getline(std::ifstream(file_of(child, "comm")), name) && name.starts_with("solinit-")) processes.push_back(child);
  }
  return processes;
}

double kib_of(const std::vector<pid_t>& processes, const std::string& field) {
  double sum = 0;
  for (const pid_t process : processes) {
    std::ifstream rollup(file_of(process, "smaps_rollup"));
    std::string word;
    while (rollup >> word && word != field + ":") continue;
    double kib = 0;
    if (!(rollup >> kib)) give_up("read " + field + " of smaps_rollup", "the kernel does not offer it");
    sum += kib;
  }
  return sum;
}

}  // namespace bench
