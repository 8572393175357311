// solinit_bench SOLINIT CHILD PAGE MACHINE: measures solinit beside its peers and writes the tables of PAGE.
// bench/run builds it, looks for the peers and calls it.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "bench/measure.h"
#include "bench/must.h"

namespace {

using namespace bench;

std::vector<Contestant> contestants(const std::string& solinit, const std::string& manifest) {
  return {{"bare child", {}},
          {"tini", {"/usr/bin/tini", "--"}},
          {"tini-static", {"/usr/bin/tini-static", "--"}},
          {"dumb-init", {"/usr/bin/dumb-init", "--"}},
          {"catatonit", {"/usr/bin/catatonit", "--"}},
          {"solinit", {solinit, "--"}, true},
          {"solinit, manifest", {solinit, "-m", manifest, "--"}, true, true},
          {"solinit, manifest, stale socket", {solinit, "-m", manifest, "--"}, true, true, true}};
}

/// A directory of its own for the sockets, gone at the end.
struct Volume {
  std::string path;
  Volume() {
    path = (std::filesystem::temp_directory_path() / "solinit-bench-XXXXXX").string();
    if (mkdtemp(path.data()) == nullptr) give_up("make " + path, std::strerror(errno));
  }
  Volume(const Volume&) = delete;
  Volume& operator=(const Volume&) = delete;
  ~Volume() {
    std::error_code error;
    std::filesystem::remove_all(path, error);
  }
};

}  // namespace

int main(int count, char** words) {
  if (count != 5) {
    std::fputs("usage: solinit_bench SOLINIT CHILD PAGE MACHINE\n", stderr);
    return 64;
  }
  static const Volume volume;  // gone also when a measurement gives up
  const auto manifest = volume.path + "/manifest.yaml";
  std::ofstream(manifest) << "version: 1\nowner: bench\nsockets: [{path: " << volume.path << "/web.sock}]\n";
  const Field field{contestants(std::filesystem::canonical(words[1]), manifest),
                    std::filesystem::canonical(words[2]), volume.path};

  std::vector<Table> tables;
  for (const auto measure :
       {measure_size, measure_memory, measure_start, measure_signals, measure_orphans, measure_instant}) {
    tables.push_back(measure(field));
    std::printf("%s\n%s\n", tables.back().name.c_str(), tables.back().text().c_str());
    std::fflush(stdout);
  }
  write_into(words[3], tables, words[4]);
}
