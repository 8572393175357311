#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "bench/measure.h"
#include "bench/must.h"

namespace bench {
namespace {

constexpr int turns = 15;

struct Call {
  const char* name;     ///< as bench_calls has it
  const char* meaning;
  bool is_notified;
};
constexpr Call calls[] = {{"getpid", "getpid", false},
                          {"read", "read of one byte", false},
                          {"send+recv", "send and recv of 64 bytes", false},
                          {"connect-TCP", "socket, connect to TCP (refused), close", false},
                          {"connect-unix", "socket, connect to a unix path, close", true},
                          {"unlink", "unlink of another path", true}};

std::map<std::string, double> output_of(const std::string& command) {
  FILE* const out = popen(command.c_str(), "re");
  if (out == nullptr) give_up("run " + command, std::strerror(errno));
  std::map<std::string, double> results;
  char name[64];
  double value;
  while (std::fscanf(out, "%63s %lf", name, &value) == 2) results[name] = value;
  if (pclose(out) != 0 || results.empty()) give_up("run " + command, "it failed");
  return results;
}

}  // namespace

Table measure_adopt(const Field& field) {
  char place[] = "/dev/shm/solinit-bench-adopt-XXXXXX";
  if (mkdtemp(place) == nullptr) give_up("make a directory", std::strerror(errno));
  const std::string manifest = std::string(place) + "/manifest.yaml";
  std::ofstream(manifest) << "version: 1\nowner: bench\nsockets: [{path: " << place
                          << "/web.socket, activation: adopt}]\n";
  const auto program = std::filesystem::path(field.child).parent_path() / "bench_calls";

  std::map<std::string, Samples> bare, adopted;
  for (int turn = 0; turn < turns; ++turn) {
    for (const auto& [name, value] : output_of(program)) bare[name].push_back(value);
    for (const auto& [name, value] : output_of(field.launcher + " -m " + manifest + " -- " + program.string()))
      adopted[name].push_back(value);
  }
  std::filesystem::remove_all(place);

  Table table{"adopt", {"", "notified", "without, ns", "with `activation: adopt`, ns", "more, ns"}, {}, {}};
  for (const auto& [name, meaning, is_notified] : calls) {
    const double without = median(bare[name]), with = median(adopted[name]);
    table.rows.push_back(
        {meaning, is_notified ? "yes" : "no", number(without), number(with), number(with - without)});
  }
  return table;
}

}  // namespace bench
