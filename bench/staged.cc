#include "bench/staged.h"

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

#include "bench/must.h"
#include "bench/running.h"
#include "ownership/fd.h"

namespace bench {

Staged::Staged() {
  if (mkdtemp(path.data()) == nullptr) give_up("make " + path, std::strerror(errno));
  for (const auto* const directory : {"/other", "/ours"}) {
    must(mkdir((path + directory).c_str(), 0755), "make a directory");
    write_manifest(directory, "bench", "{path: /run/web/web.sock}");
  }
  std::filesystem::create_directories(path + "/bundle/rootfs/run/web");
  std::filesystem::create_directories(volume());
  must(chmod(path.c_str(), 0755), "change a mode");
  start_container();
  std::ofstream(path + "/bundle/config.json") << config();
  std::ofstream(path + "/state") << R"({"ociVersion":"1.0.2","id":"c1","status":"creating","pid":)" << container
                                 << R"(,"bundle":")" << path << "/bundle\"}";
}

Staged::~Staged() {
  kill(container, SIGKILL);
  waitpid(container, nullptr, 0);
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

void Staged::leave_stale_socket(const std::string& name) const {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  (volume() + "/" + name).copy(address.sun_path, sizeof address.sun_path - 1);
  const ownership::Fd bound(must(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "make a socket"));
  must(bind(bound.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind a socket");
}

void Staged::write_manifest(const std::string& directory, const std::string& name, const std::string& sockets) const {
  const auto file = path + directory + "/" + name + ".yaml";
  std::ofstream(file) << "version: 1\nowner: " << name << "\nsockets: [" << sockets
                      << "]\nmatch: {annotations: {io.solinit.owner: " << directory.substr(1) << "}}\n";
  must(chmod(file.c_str(), 0644), "change a mode");
}

std::vector<std::string> Staged::stage(const std::string& hook, const std::string& directory) const {
  return {hook, "createRuntime", "--manifests", path + directory, "--records", path + "/records", "--timeout", "600"};
}

void Staged::start_container() {
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
std::string Staged::config() const {
  std::string text = R"({"ociVersion":"1.0.2","process":{"args":["/bin/web"],"env":["PATH=/bin"]},"root":{"path":"rootfs"},)"
                     R"("annotations":{"io.solinit.owner":"ours","io.container.manager":"libpod"},"mounts":[)";
  for (const std::string place : {"/proc", "/dev", "/dev/pts", "/dev/shm", "/dev/mqueue", "/sys", "/sys/fs/cgroup"})
    text += R"({"destination":")" + place + R"(","type":"tmpfs","source":"tmpfs","options":["nosuid","noexec"]},)";
  return text + R"({"destination":"/run/web","type":"bind","options":["rbind"],"source":")" + path +
         R"(/data/volume"}],"linux":{"namespaces":[{"type":"pid"},{"type":"mount"}]}})";
}

double microseconds_of(const std::vector<std::string>& words, const std::string& input) {
  std::vector<char*> argv;
  for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, input.c_str(), O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
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

}  // namespace bench
