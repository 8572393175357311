#include "tests/chaos/place.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

#include "tests/support/requirement.h"

namespace chaos {
namespace {

namespace fs = std::filesystem;

/// Faults start processes without end: should one ever multiply, it stops here.
constexpr int process_limit = 2000;

bool write(const std::string& path, const std::string& text) { return (std::ofstream(path) << text).flush().good(); }

/// Groups of every hierarchy that the runtime made, the deepest first.
void remove_groups(const std::string& name) {
  std::vector<fs::path> groups;
  std::error_code error;
  const auto collect = [&](const fs::path& root) {
    if (!fs::is_directory(root / name, error)) return;
    groups.push_back(root / name);
    for (fs::recursive_directory_iterator at(root / name, error), end; !error && at != end; at.increment(error))
      if (at->is_directory(error)) groups.push_back(at->path());
  };
  collect("/sys/fs/cgroup");
  for (const auto& hierarchy : fs::directory_iterator("/sys/fs/cgroup", error)) collect(hierarchy.path());
  std::sort(groups.begin(), groups.end(), [](const auto& a, const auto& b) { return a.string().size() > b.string().size(); });
  for (const auto& group : groups) ::rmdir(group.c_str());
}

std::string join_group(const std::string& root, const std::string& name, pid_t process) {
  std::error_code error;
  // Its own subgroup: version 2 wants no process where there are groups below.
  if (!fs::create_directories(root + "/" + name + "/self", error)) return "cannot make a control group: " + error.message();
  if (!write(root + "/" + name + "/pids.max", std::to_string(process_limit)))
    return "no limit of processes can be set in " + root;
  if (!write(root + "/" + name + "/self/cgroup.procs", std::to_string(process))) return "cannot enter a control group";
  return "";
}

}  // namespace

bool mount_memory(const std::string& path, const std::string& options) {
  std::error_code error;
  fs::create_directories(path, error);
  return ::mount("tmpfs", path.c_str(), "tmpfs", 0, options.c_str()) == 0;
}

Place::Place()
    : group_root_(fs::is_directory("/sys/fs/cgroup/pids") ? "/sys/fs/cgroup/pids" : "/sys/fs/cgroup"),
      name_("solinit-chaos-" + std::to_string(::getpid())),
      path_("/tmp/solinit-chaos.XXXXXX") {
  lack_ = support::lack_of_root();
  if (lack_.empty()) lack_ = support::lack_of_namespaces();
  if (lack_.empty() && std::system("runc --version >/dev/null 2>&1") != 0) lack_ = "there is no runc here";
  if (lack_.empty() && ::mkdtemp(path_.data()) == nullptr) lack_ = std::string("no directory: ") + std::strerror(errno);
}

Place::~Place() {
  remove_groups(name_);
  ::rmdir(path_.c_str());
}

int Place::run_inside(const std::function<int()>& act) {
  int gate[2];
  if (::pipe2(gate, O_CLOEXEC) != 0) return 1;
  const auto child = static_cast<pid_t>(
      ::syscall(SYS_clone, CLONE_NEWPID | CLONE_NEWNS | SIGCHLD, nullptr, nullptr, nullptr, nullptr));
  if (child == 0) {
    ::close(gate[1]);
    char go = 0;
    const bool is_ready = ::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && ::read(gate[0], &go, 1) == 1 &&
                          ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                          ::mount("proc", "/proc", "proc", 0, nullptr) == 0 &&
                          mount_memory(path_, "size=512m,mode=755");
    if (!is_ready) std::perror("chaos: error: cannot set up its namespaces");
    std::_Exit(is_ready ? act() : 1);
  }
  ::close(gate[0]);
  lack_ = join_group(group_root_, name_, child);
  if (!lack_.empty() || ::write(gate[1], "g", 1) != 1) ::kill(child, SIGKILL);
  ::close(gate[1]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace chaos
