#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "bench/measure.h"
#include "bench/must.h"

namespace bench {
namespace {

constexpr int turns = 400;

/// A container that is being made: its process, its mounts, its bundle; and the host's manifests. Gone at the end.
struct Staged {
  std::string path = "/dev/shm/solinit-bench-hook-XXXXXX";
  pid_t container = -1;

  Staged() {
    if (mkdtemp(path.data()) == nullptr) give_up("make " + path, std::strerror(errno));
    for (const auto* const directory : {"/other", "/ours"}) {
      must(mkdir((path + directory).c_str(), 0755), "make a directory");
      write_manifest(directory);
    }
    std::filesystem::create_directories(path + "/bundle/rootfs/run/web");
    std::filesystem::create_directories(path + "/data/volume");
    must(chmod(path.c_str(), 0755), "change a mode");
    start_container();
    std::ofstream(path + "/bundle/config.json") << config();
    std::ofstream(path + "/state") << R"({"ociVersion":"1.0.2","id":"c1","status":"creating","pid":)" << container
                                   << R"(,"bundle":")" << path << "/bundle\"}";
  }
  Staged(const Staged&) = delete;
  Staged& operator=(const Staged&) = delete;
  ~Staged() {
    kill(container, SIGKILL);
    waitpid(container, nullptr, 0);
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }

  void leave_stale_socket() const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    (path + "/data/volume/web.sock").copy(address.sun_path, sizeof address.sun_path - 1);
    const ownership::Fd bound(must(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "make a socket"));
    must(bind(bound.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind a socket");
  }

 private:
  void write_manifest(const std::string& directory) const {
    const auto file = path + directory + "/web.yaml";
    std::ofstream(file) << "version: 1\nowner: bench\nsockets: [{path: /run/web/web.sock}]\nmatch: {annotations: "
                           "{io.solinit.owner: "
                        << directory.substr(1) << "}}\n";
    must(chmod(file.c_str(), 0644), "change a mode");
  }
  void start_container() {
    int ready[2];
    must(pipe2(ready, O_CLOEXEC), "make a pipe");
    container = must(fork(), "fork");
    if (container == 0) {
      must(unshare(CLONE_NEWNS), "make a mount namespace");
      must(mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make mounts private");
      must(mount((path + "/data/volume").c_str(), (path + "/bundle/rootfs/run/web").c_str(), nullptr, MS_BIND, nullptr),
           "mount the volume");
      must(write(ready[1], "", 1), "say that it is ready");
      while (true) pause();
    }
    close(ready[1]);
    char byte;
    if (read(ready[0], &byte, 1) != 1) give_up("make a container", "its process died");
    close(ready[0]);
  }
  /// As runc writes one, with some of what engines add.
  std::string config() const {
    std::string text = R"({"ociVersion":"1.0.2","process":{"args":["/bin/web"],"env":["PATH=/bin"]},"root":{"path":"rootfs"},)"
                       R"("annotations":{"io.solinit.owner":"ours","io.container.manager":"libpod"},"mounts":[)";
    for (const std::string place : {"/proc", "/dev", "/dev/pts", "/dev/shm", "/dev/mqueue", "/sys", "/sys/fs/cgroup"})
      text += R"({"destination":")" + place + R"(","type":"tmpfs","source":"tmpfs","options":["nosuid","noexec"]},)";
    return text + R"({"destination":"/run/web","type":"bind","options":["rbind"],"source":")" + path +
           R"(/data/volume"}],"linux":{"namespaces":[{"type":"pid"},{"type":"mount"}]}})";
  }
};

double microseconds_of(const std::vector<std::string>& words, const std::string& input) {
  std::vector<char*> argv;
  for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, input.c_str(), O_RDONLY, 0);
  pid_t child = -1;
  int status = 0;
  const auto start = now();
  const int error = posix_spawn(&child, argv[0], &actions, nullptr, argv.data(), environ);
  if (error != 0) give_up("run " + words[0], std::strerror(error));
  must(waitpid(child, &status, 0), "wait for " + words[0]);
  const auto end = now();
  posix_spawn_file_actions_destroy(&actions);
  if (status != 0) give_up("run " + words[0], "it ended with " + std::to_string(status));
  return static_cast<double>((end - start).count()) / 1e3;
}

struct Entrant {
  std::string name;
  std::vector<std::string> words;
  bool finds_stale_socket = false;
};

std::vector<Entrant> entrants(const Field& field, const std::string& place) {
  const auto stage = [&](const std::string& manifests) {
    return std::vector<std::string>{field.hook,  "createRuntime", "--manifests", place + manifests,
                                    "--records", place + "/records"};
  };
  const auto beside = std::filesystem::path(field.child).parent_path().string();
  return {{"an empty static hook", {beside + "/bench_empty_hook"}},
          {"a shell hook, sh -c :", {"/bin/sh", "-c", ":"}},
          {"no manifest speaks of the container", stage("/other")},
          {"nothing stands at its socket", stage("/ours")},
          {"one stale socket is removed", stage("/ours"), true}};
}

}  // namespace

Table measure_hook(const Field& field) {
  const Staged staged;
  const auto all = entrants(field, staged.path);
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
