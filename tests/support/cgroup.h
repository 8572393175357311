#pragma once

#include <string>

namespace support {

/// A control group below the root, of version 1 or 2 as the machine has them; gone with this object, when its processes
/// are.
class Cgroup {
 public:
  /// `memory` bytes at most, swap included.
  explicit Cgroup(long memory);
  Cgroup(const Cgroup&) = delete;
  Cgroup& operator=(const Cgroup&) = delete;
  ~Cgroup();

  /// Why it could not be made; empty when it could.
  const std::string& lack() const noexcept { return lack_; }
  /// For Settings::cgroup.
  std::string members() const { return path_ + "/cgroup.procs"; }

 private:
  std::string path_, lack_;
};

}  // namespace support
