#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/child.h"
#include "tests/support/temp_dir.h"

namespace support {

/// Containers as an OCI runtime has made them when it calls createRuntime: own mount, pid and network namespaces, the
/// volume mounted at run/web below the root directory to be, which is not entered yet. And the hook, as the runtime
/// calls it. No engine is needed.
class Staged : public testing::Test {
 protected:
  void SetUp() override;

  /// The process that will become, or is, PID 1; `command` runs when the mounts are done.
  Child container(const std::vector<std::string>& command = {"sleep", "1000"}) const;
  /// One that serves the socket on the volume, as an image without solinit does.
  Child server(const std::string& name, std::vector<std::string> options = {}) const;

  /// Writes the manifest of the owner "shop": `body` are its sockets and more, matched by annotation.
  void own(const std::string& body = "sockets: [{path: /run/web/web.sock}]\n", const std::string& name = "shop.yaml",
           const std::string& owner = "shop") const;
  void write_config(const std::string& text) const;
  std::string config(const std::string& args = R"(["/bin/web"])", const std::string& more_mounts = "") const;
  /// What the runtime writes to the hook.
  std::string state(pid_t pid, const std::string& id = "c1") const;

  /// `solinit-hook STAGE` with our manifests, records and report, and `text` on its standard input; at its end.
  Child run(const std::string& stage, const std::string& text, const std::vector<std::string>& more = {}) const;
  Settings call(const std::string& stage, const std::string& text, const std::vector<std::string>& more = {}) const;
  Child create(const Child& child, const std::string& id = "c1") const { return run("createRuntime", state(child.pid(), id)); }
  Child stop(const std::string& id = "c1") const { return run("poststop", state(0, id)); }

  /// From here on the volume and what is beside it lie in memory, in a mount namespace of the test's own.
  void move_to_memory(const std::string& options = "") const;

  std::string volume() const { return place_ / "data/volume"; }
  std::string socket() const { return volume() + "/web.sock"; }
  std::string root() const { return place_ / "bundle/rootfs"; }
  std::string report() const { return read_file(place_ / "report"); }
  /// What the quarantines hold, inside the volume and beside it.
  std::vector<std::string> quarantined() const;

  TempDir place_;
};

bool stands(const std::string& path);

}  // namespace support
