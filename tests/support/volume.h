#pragma once

#include <string>
#include <vector>

#include "tests/support/child.h"
#include "tests/support/temp_dir.h"

namespace support {

/// A directory that containers share, and the manifests of their owners beside it.
class Volume {
 public:
  const std::string& path() const noexcept { return shared_.path(); }
  std::string operator/(const std::string& name) const { return shared_ / name; }

  void give_to(uid_t user) const;

  /// Writes a manifest for the socket `name` on this volume, with `more` lines of YAML; returns its path.
  std::string manifest_owning(const std::string& name, const std::string& more = "") const;
  /// Any manifest; "VOLUME" in it becomes the volume's path.
  std::string manifest(std::string yaml) const;

  /// What stays in `.solinit` beside leases, owner files, control sockets and living listeners: nothing, when all is well. Gives what is
  /// just being written two seconds.
  std::vector<std::string> leftovers() const;

 private:
  TempDir shared_, manifests_;
  mutable int count_ = 0;
};

/// A launcher as the PID 1 of a container of its own: own pid, mount and network namespaces. Its container id is `id`.
Settings container(const std::string& id, const std::string& manifest, const std::vector<std::string>& command);
/// The same launcher beside the test, or as `docker exec` starts it.
Settings launched(const std::string& id, const std::string& manifest, const std::vector<std::string>& command);
/// The command of a witness server of this name; `options` come before the name.
std::vector<std::string> witness_server(const std::string& name, const std::string& socket,
                                        std::vector<std::string> options = {});

/// Waits until the witness server `name` answers at `path`.
bool serves(const std::string& path, const std::string& name, std::chrono::milliseconds limit = 10s);

}  // namespace support
