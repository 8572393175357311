#pragma once

#include <unistd.h>

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "manifests/manifest.h"

namespace launcher {

/// How the web process's environment differs from ours, beside LISTEN_PID.
struct EnvironmentChange {
  std::span<const std::pair<std::string, std::string>> set{};  ///< NAME, value
  const manifests::Manifest* manifest = nullptr;  ///< whose placeholders are replaced in every value; or none
  bool gives_listeners = false;  ///< LISTEN_FDS and LISTEN_FDNAMES are in `set`; ours are given, and no others
  pid_t launcher = getpid();     ///< to whom descriptors may have been given
};

/// envp for execve(2), made before fork(2). The strings of `given` are shared where they do not change.
///
/// With listeners of ours LISTEN_PID is the web process's number. LISTEN_PIDFDID, which would have to name a process that
/// does not exist yet, is left out, as it is allowed to be.
/// Where systemd's descriptors were given to us (LISTEN_FDS with LISTEN_PID the launcher's number), LISTEN_PID becomes the web
/// process's number and LISTEN_PIDFDID, which names us, is left out: sd_listen_fds(3) would refuse them otherwise.
/// A LISTEN_PID that is not ours stays: the descriptors were never meant for us.
class Environment {
 public:
  Environment(char* const* given, const EnvironmentChange& change);
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  /// In the child: fills in its own number. Allocates nothing.
  void set_listen_pid() noexcept;
  char** entries() noexcept { return entries_.data(); }
  std::string_view path() const noexcept;

 private:
  void add(const char* entry, const EnvironmentChange& change);

  std::vector<std::string> changed_;
  std::vector<char*> entries_;
  std::array<char, 32> listen_pid_{};
  bool has_listen_pid_ = false;
};

}  // namespace launcher
