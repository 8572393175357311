#include "tests/support/cgroup.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "ownership/fd.h"
#include "tests/support/wait.h"

namespace support {
namespace {

bool write_value(const std::string& file, const std::string& value) {
  const ownership::Fd opened(open(file.c_str(), O_WRONLY | O_CLOEXEC));
  return write(opened.get(), value.data(), value.size()) == static_cast<ssize_t>(value.size());
}

}  // namespace

Cgroup::Cgroup(long memory) {
  const bool is_first_version = access("/sys/fs/cgroup/memory/cgroup.procs", F_OK) == 0;
  path_ =
      std::string("/sys/fs/cgroup/") + (is_first_version ? "memory/" : "") + "solinit-test-" + std::to_string(getpid());
  if (!is_first_version) write_value("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
  const auto limit = std::to_string(memory);
  if (mkdir(path_.c_str(), 0755) != 0 ||
      !write_value(path_ + (is_first_version ? "/memory.limit_in_bytes" : "/memory.max"), limit))
    lack_ = std::string("no memory cgroup can be made here: ") + std::strerror(errno);
  // Without swap accounting there is no such file, and mostly no swap.
  write_value(path_ + (is_first_version ? "/memory.memsw.limit_in_bytes" : "/memory.swap.max"),
              is_first_version ? limit : "0");
}

Cgroup::~Cgroup() {
  wait_until([&] { return rmdir(path_.c_str()) == 0 || errno != EBUSY; });
}

}  // namespace support
