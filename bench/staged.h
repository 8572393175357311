#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace bench {

/// A container that is being made: its process, its mounts, its bundle; and the host's manifests, of which those in
/// "/ours" speak of it and those in "/other" do not. Gone at the end.
struct Staged {
  std::string path = "/dev/shm/solinit-bench-hook-XXXXXX";
  pid_t container = -1;

  Staged();
  Staged(const Staged&) = delete;
  Staged& operator=(const Staged&) = delete;
  ~Staged();

  void leave_stale_socket(const std::string& name = "web.sock") const;
  std::string volume() const { return path + "/data/volume"; }
  /// Makes `sockets` of the container owned by the manifest `name` in `directory`.
  void write_manifest(const std::string& directory, const std::string& name, const std::string& sockets) const;
  /// The command of a stage with the manifests of `directory`.
  std::vector<std::string> stage(const std::string& hook, const std::string& directory) const;

 private:
  void start_container();
  std::string config() const;
};

/// The whole life of a program that is given the file `input`, from posix_spawn(3) to waitpid(2). It must end with 0.
double microseconds_of(const std::vector<std::string>& words, const std::string& input);

}  // namespace bench
