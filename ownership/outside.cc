#include "ownership/outside.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdio>

namespace ownership {
namespace {

/// Volumes side by side share what is beside them, and name their sockets alike.
std::string name_of_outside(const Place& place) {
  struct stat status {};
  std::array<char, 48> name{};
  if (fstat(place.directory.get(), &status) != 0) return "";
  std::snprintf(name.data(), name.size(), ".solinit-quarantine-%llx", static_cast<unsigned long long>(status.st_ino));
  return name.data();
}

}  // namespace

Fd open_outside(const Place& place, const HostSide& host, Outside outside) {
  const auto name = name_of_outside(place);
  if (!host.beside || name.empty()) return {};
  if (outside == Outside::made) mkdirat(host.beside.get(), name.c_str(), 0700);
  Fd directory(openat(host.beside.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat status {};
  const bool is_ours_alone = directory && fstat(directory.get(), &status) == 0 && status.st_uid == geteuid() &&
                             (status.st_mode & (S_IRWXG | S_IRWXO)) == 0;
  if (!is_ours_alone) return {};
  return directory;
}

std::string path_of_outside(const Place& place, const HostSide& host) {
  return host.beside_path + "/" + name_of_outside(place);
}

}  // namespace ownership
