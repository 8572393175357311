#include "launcher/adopt_probe.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "launcher/adopt_filter.h"
#include "ownership/fd.h"

namespace launcher {
namespace {

using ownership::Fd;

/// Of the child this stands where it stands of us.
constexpr std::uint64_t mark = 0x736f6c696e69745f;
volatile std::uint64_t marked;

[[noreturn]] void be_tried(std::span<const sock_filter> code, int answer, int go) noexcept {
  marked = mark;
  const int failure = install_adopt_filter(code) < 0 ? errno : 0;
  char end = 0;
  if (write(answer, &failure, sizeof failure) == static_cast<ssize_t>(sizeof failure))
    while (read(go, &end, 1) < 0 && errno == EINTR) continue;
  _exit(0);
}

std::string why_not(int number) {
  switch (number) {
    case EBUSY: return "another seccomp filter has a notify descriptor already";
    case ENOSYS:
    case EINVAL: return "this kernel has no seccomp user notification";
    default: return std::string("seccomp(2): ") + strerrordesc_np(number);
  }
}

std::string lack_of_memory_access(pid_t child) {
  std::array<char, 32> name;
  std::snprintf(name.data(), name.size(), "/proc/%d/mem", child);
  const Fd memory(open(name.data(), O_RDONLY | O_CLOEXEC));
  std::uint64_t seen = 0;
  const auto address = static_cast<off_t>(reinterpret_cast<std::uintptr_t>(&marked));
  if (!memory) return std::string(name.data()) + ": " + strerrordesc_np(errno);
  const bool is_shown = pread(memory.get(), &seen, sizeof seen, address) == static_cast<ssize_t>(sizeof seen);
  return is_shown && seen == mark ? "" : std::string(name.data()) + " does not show the child's memory";
}

}  // namespace

std::string lack_of_adoption() {
  std::array<int, 2> answer, go;
  if (pipe2(answer.data(), O_CLOEXEC) != 0) return strerrordesc_np(errno);
  const Fd heard(answer[0]);
  Fd said(answer[1]);
  if (pipe2(go.data(), O_CLOEXEC) != 0) return strerrordesc_np(errno);
  const Fd awaited(go[0]);
  Fd held(go[1]);
  const AdoptFilter filter({});
  const pid_t child = fork();
  if (child < 0) return std::string("fork(2): ") + strerrordesc_np(errno);
  if (child == 0) {
    close(held.release());
    be_tried(filter.code(), said.get(), awaited.get());
  }
  said.reset();
  int failure = EPERM;  // an engine's filter may kill for the attempt
  const bool has_answered = read(heard.get(), &failure, sizeof failure) == static_cast<ssize_t>(sizeof failure);
  auto lack = has_answered && failure == 0 ? lack_of_memory_access(child) : why_not(failure);
  held.reset();
  while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) continue;
  return lack;
}

}  // namespace launcher
