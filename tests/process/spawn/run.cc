#include "tests/process/spawn/run.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include "ownership/fd.h"

namespace spawn_tests {
namespace {

using ownership::Fd;
using std::chrono::steady_clock;

constexpr int nobody = 65534;
constexpr unsigned first_unset = 3;

struct Pipe {
  Fd out, in;
  Pipe() {
    std::array<int, 2> ends;
    if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
    // High, so that a test's conditions may use the low numbers.
    out.reset(fcntl(ends[0], F_DUPFD_CLOEXEC, 500));
    in.reset(fcntl(ends[1], F_DUPFD_CLOEXEC, 500));
    close(ends[0]);
    close(ends[1]);
  }
};

[[noreturn]] void execute(const std::vector<std::string>& argv, const Conditions& conditions, const Pipe& out,
                          const Pipe& err) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  Fd input(open("/dev/null", O_RDONLY));
  dup2(input.get(), 0);
  dup2(out.in.get(), 1);
  dup2(err.in.get(), 2);
  input.reset();
  close_range(first_unset, ~0U, CLOSE_RANGE_CLOEXEC);  // what the test itself was given
  std::vector<char*> arguments;
  for (const auto& each : argv) arguments.push_back(const_cast<char*>(each.c_str()));
  arguments.push_back(nullptr);
  conditions();
  execvp(arguments[0], arguments.data());
  _exit(98);
}

/// Until both are at their end. False when that takes too long.
bool drain(Pipe& out, Pipe& err, Run& run) {
  const auto end = steady_clock::now() + std::chrono::seconds(30);
  std::array<pollfd, 2> ends{{{out.out.get(), POLLIN, 0}, {err.out.get(), POLLIN, 0}}};
  std::array<char, 4096> room;
  while (ends[0].fd >= 0 || ends[1].fd >= 0) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - steady_clock::now()).count();
    if (left <= 0 || poll(ends.data(), ends.size(), static_cast<int>(left)) == 0) return false;
    for (auto& each : ends) {
      if (each.revents == 0) continue;
      const auto size = read(each.fd, room.data(), room.size());
      auto& text = each.fd == out.out.get() ? run.out : run.err;
      if (size > 0) text.append(room.data(), static_cast<std::size_t>(size));
      if (size <= 0) each.fd = -1;
    }
  }
  return true;
}

}  // namespace

Run run(const std::vector<std::string>& argv, const Conditions& conditions) {
  Pipe out, err;
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("fork");
  if (child == 0) execute(argv, conditions, out, err);
  out.in.reset();
  err.in.reset();
  Run result;
  if (!drain(out, err, result)) {
    kill(child, SIGKILL);
    result.err += "\n(killed by the test: it took more than 30 s)";
  }
  int status = 0;
  waitpid(child, &status, 0);
  result.code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return result;
}

std::string beside(const std::string& name) {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / name;
}

std::vector<std::string> launched(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), beside("launch_once"));
  return arguments;
}

Directory::Directory() {
  std::string name = std::filesystem::temp_directory_path() / "solinit-test-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
  path_ = name;
  chmod(name.c_str(), 0755);
}

Directory::~Directory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string Directory::write(const std::string& name, const std::string& text, int mode) const {
  const auto file = *this / name;
  std::ofstream(file) << text;
  chmod(file.c_str(), static_cast<mode_t>(mode));
  return file;
}

void become_nobody() {
  if (geteuid() != 0) return;
  if (setgroups(0, nullptr) != 0 || setgid(nobody) != 0 || setuid(nobody) != 0) _exit(97);
}

}  // namespace spawn_tests
