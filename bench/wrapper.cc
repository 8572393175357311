#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "bench/measure.h"
#include "bench/must.h"

namespace bench {
namespace {

constexpr int turns = 300;
constexpr const char* runtime = "/bin/true";  ///< does nothing, so that what stands before it is all that is measured

/// As large as Docker's, with the members that are read.
std::string config() {
  std::string text = R"({"ociVersion":"1.0.2-dev","process":{"args":["/bin/web"],"env":[)";
  for (int i = 0; i < 60; ++i) text += R"("VARIABLE_OF_SOME_LENGTH_)" + std::to_string(i) + R"(=and its value, too",)";
  text += R"("PATH=/bin"],"cwd":"/"},"root":{"path":"rootfs"},"mounts":[)";
  for (int i = 0; i < 20; ++i)
    text += R"({"destination":"/mount/)" + std::to_string(i) +
            R"(","type":"bind","source":"/var/lib/somewhere","options":["rbind","rprivate","rw"]},)";
  text += R"({"destination":"/dev","type":"tmpfs","source":"tmpfs"},{"destination":"/run/web","source":"/srv/web"}],)"
          R"("hooks":{"prestart":[{"path":"/proc/7/exe","args":["libnetwork-setkey"]}]},"linux":{"namespaces":[)"
          R"({"type":"pid"},{"type":"mount"}],"seccomp":{"syscalls":[)";
  for (int i = 0; i < 300; ++i) text += "\"call_of_a_name_" + std::to_string(i) + "\",";
  return text + "\"last\"]}}}";
}

/// A bundle and the host's manifests, gone at the end.
struct Place {
  std::string path = "/dev/shm/solinit-bench-wrapper-XXXXXX";
  Place() {
    if (mkdtemp(path.data()) == nullptr) give_up("make " + path, std::strerror(errno));
    for (const auto* const directory : {"/none", "/other", "/ours", "/injecting", "/bundle"})
      must(mkdir((path + directory).c_str(), 0755), "make a directory");
    write("/other/web.yaml", "/run/elsewhere", "false");
    write("/ours/web.yaml", "/run/web", "false");
    write("/injecting/web.yaml", "/run/web", "true");
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  void write(const std::string& name, const std::string& mount, const std::string& injects) const {
    std::ofstream(path + name) << "version: 1\nowner: bench\nsockets: [{path: /run/web/web.sock}]\nmatch: {mounts: ["
                               << mount << "]}\ninject: " << injects << "\n";
    must(chmod((path + name).c_str(), 0644), "change the mode of a manifest");
  }
};

struct Entrant {
  std::string name;
  std::vector<std::string> words;
};

double microseconds_of(const std::vector<std::string>& words) {
  std::vector<char*> argv;
  for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  pid_t child = -1;
  int status = 0;
  const auto start = now();
  if (const int error = posix_spawn(&child, argv[0], nullptr, nullptr, argv.data(), environ); error != 0)
    give_up("run " + words[0], std::strerror(error));
  must(waitpid(child, &status, 0), "wait for " + words[0]);
  const auto end = now();
  if (status != 0) give_up("run " + words[0], "it ended with " + std::to_string(status));
  return static_cast<double>((end - start).count()) / 1e3;
}

std::vector<Entrant> entrants(const Field& field, const std::string& place) {
  const auto wrapped = [&](const std::string& manifests, const std::string& command) {
    return std::vector<std::string>{field.hook,    "runtime",         "--runtime-path", runtime,
                                    "--manifests", place + manifests, "--launcher",     field.launcher,
                                    "--",          command,           "--bundle",       place + "/bundle",
                                    "c1"};
  };
  return {{"the runtime alone", {runtime, "create", "--bundle", place + "/bundle", "c1"}},
          {"wrapper, another command", wrapped("/injecting", "state")},
          {"wrapper, no manifests", wrapped("/none", "create")},
          {"wrapper, none speaks of the container", wrapped("/other", "create")},
          {"wrapper, adds the stages", wrapped("/ours", "create")},
          {"wrapper, adds the stages and the launcher", wrapped("/injecting", "create")}};
}

}  // namespace

Table measure_wrapper(const Field& field) {
  const Place place;
  const auto text = config();
  const auto all = entrants(field, place.path);
  std::vector<Samples> samples(all.size()), added(all.size());
  for (int turn = 0; turn < turns; ++turn)
    for (std::size_t i = 0; i < all.size(); ++i) {
      std::ofstream(place.path + "/bundle/config.json") << text;
      samples[i].push_back(microseconds_of(all[i].words));
      added[i].push_back(samples[i].back() - samples[0].back());
    }
  Table table{"wrapper", {"", "median µs", "quartiles", "adds µs"}, {}, {}};
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& its = samples[i];
    table.rows.push_back({all[i].name, number(median(its)),
                          number(quantile(its, 0.25)) + "–" + number(quantile(its, 0.75)), number(median(added[i]))});
  }
  table.targets.push_back({"the wrapper adds less than 3 ms", median(added.back()) / 1e3, 3, 2, "ms"});
  return table;
}

}  // namespace bench
