#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

namespace chaos {

/// Where everything happens: own pid and mount namespaces, a control group with a limit of processes, and file systems in
/// memory. When its first process ends, all processes are gone, and then its groups and directories.
class Place {
 public:
  Place();
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place();

  /// Why it cannot be had here; empty where it can.
  const std::string& lack() const noexcept { return lack_; }
  /// Runs `act` as the first process inside, and returns what it returns.
  int run_inside(const std::function<int()>& act);

  const std::string& path() const noexcept { return path_; }
  std::string cgroup() const { return "/" + name_; }  ///< as an OCI configuration names it
  std::string rootfs() const { return path_ + "/rootfs"; }

 private:
  std::string group_root_, name_, path_, lack_;
};

/// A tmpfs with room for so much; what fails is told by errno.
bool mount_memory(const std::string& path, const std::string& options);

}  // namespace chaos
