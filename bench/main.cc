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

/// A directory of its own for sockets and a manifest, gone at the end.
struct Volume {
  std::string path;
  explicit Volume(const std::string& parent) : path(parent + "/solinit-bench-XXXXXX") {
    if (mkdtemp(path.data()) == nullptr) give_up("make " + path, std::strerror(errno));
    std::ofstream(manifest()) << "version: 1\nowner: bench\nsockets: [{path: " << socket() << "}]\n";
  }
  Volume(const Volume&) = delete;
  Volume& operator=(const Volume&) = delete;
  ~Volume() {
    std::error_code error;
    std::filesystem::remove_all(path, error);
  }
  std::string socket(const std::string& name = "web") const { return path + "/" + name + ".sock"; }
  std::string manifest() const { return path + "/manifest.yaml"; }
};

std::vector<Contestant> contestants(const std::string& solinit, const Volume& memory, const Volume& disk) {
  std::vector<Contestant> all{{.name = "bare child", .words = {}, .socket = memory.socket("bare")}};
  for (const std::string peer : {"tini", "tini-static", "dumb-init", "catatonit"})
    all.push_back({.name = peer, .words = {"/usr/bin/" + peer, "--"}, .socket = memory.socket(peer)});
  all.push_back({.name = "solinit", .words = {solinit, "--"}, .socket = memory.socket("plain"), .is_ours = true});
  Contestant owning{.name = "solinit, manifest",
                    .words = {solinit, "-m", memory.manifest(), "--"},
                    .socket = memory.socket(),
                    .is_ours = true,
                    .has_manifest = true};
  all.push_back(owning);
  owning.only_starts = true;
  owning.finds_stale_socket = true;
  owning.name = "solinit, manifest, stale socket";
  all.push_back(owning);
  owning.finds_stale_socket = false;
  owning.name = "solinit, manifest, volume on disk";
  owning.words[2] = disk.manifest();
  owning.socket = disk.socket();
  all.push_back(owning);
  return all;
}

}  // namespace

int main(int count, char** words) {
  if (count != 5) {
    std::fputs("usage: solinit_bench SOLINIT CHILD PAGE MACHINE\n", stderr);
    return 64;
  }
  static const Volume memory("/dev/shm"), disk("/var/tmp");  // gone also when a measurement gives up
  const std::string launcher = std::filesystem::canonical(words[1]);
  const Field field{contestants(launcher, memory, disk), std::filesystem::canonical(words[2]), launcher,
                    launcher + "-hook"};

  std::vector<Table> tables;
  for (const auto measure : {measure_size, measure_memory, measure_start, measure_signals, measure_orphans,
                             measure_instant, measure_adopt, measure_wrapper, measure_hook, measure_volume}) {
    tables.push_back(measure(field));
    std::printf("%s\n%s\n", tables.back().name.c_str(), tables.back().text().c_str());
    std::fflush(stdout);
  }
  write_into(words[3], tables, words[4]);
}
