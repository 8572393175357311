#include "tests/support/requirement.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "tests/support/pid_one.h"

namespace support {
namespace {

int status_of(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : EINVAL;
}

std::string try_namespaces() {
  const pid_t child = fork_as_pid_one();
  if (child < 0) return std::string("no namespaces can be made here: ") + std::strerror(errno);
  if (child == 0) {
    const bool works = unshare(CLONE_NEWNS | CLONE_NEWNET) == 0 &&
                       mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                       mount("proc", "/proc", "proc", 0, nullptr) == 0;
    _exit(works ? 0 : errno);
  }
  const int failure = status_of(child);
  return failure == 0 ? "" : std::string("no /proc of its own can be mounted here: ") + std::strerror(failure);
}

std::string try_tracing() {
  const pid_t child = fork();
  if (child == 0) _exit(ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0 ? 0 : errno);
  const int failure = status_of(child);
  return failure == 0 ? "" : std::string("no process can be traced here: ") + std::strerror(failure);
}

}  // namespace

std::string lack_of_namespaces() {
  static const std::string lack = try_namespaces();
  return lack;
}

std::string lack_of_root() { return geteuid() == 0 ? "" : "not root"; }

uid_t nobody_else() { return 1'000'000 + static_cast<uid_t>(getpid()); }

std::string lack_of_tracing() {
  static const std::string lack = try_tracing();
  return lack;
}

void skip(const std::string& reason) {
  const char* const must_run = std::getenv("TESTS_MUST_RUN");
  if (must_run != nullptr && std::string(must_run) == "1") FAIL() << "must run, but: " << reason;
  GTEST_SKIP() << reason;
}

}  // namespace support
