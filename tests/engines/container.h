#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "tests/engines/command.h"

namespace engines {

enum class Kind { docker, podman, runc, crun };

std::string name_of(Kind kind);
inline void PrintTo(Kind kind, std::ostream* out) { *out << name_of(kind); }
inline bool is_bare(Kind kind) { return kind == Kind::runc || kind == Kind::crun; }

/// Why containers of this kind cannot run here; empty when they can. tests/engines/make-images found it out.
std::string limit_of(Kind kind);

struct Mount {
  std::string host, inside;
  bool is_read_only = false;
};

/// How a container is to be made. Each has its own network with nothing but a loopback.
struct Recipe {
  std::string image = "busybox";  ///< or "scratch": nothing but solinit and the witness
  Argv command;                   ///< the first word is the entrypoint
  std::vector<Mount> mounts;
  std::vector<std::string> environment;  ///< NAME=value
  std::string user;                      ///< a number; empty: root
  bool is_read_only = false;
  bool drops_capabilities = false;
  bool forbids_new_privileges = false;
  bool restarts_always = false;  ///< docker and podman
  std::map<std::string, std::string> annotations;
  std::string hooks_dir;         ///< podman
  std::string hooks = "{}";      ///< runc and crun: the hooks of config.json
  bool may_be_refused = false;   ///< then refusal() tells
  bool tells_readiness = false;  ///< podman: --sdnotify=container, to the NOTIFY_SOCKET of the test
  bool has_init = false;         ///< docker and podman: --init, which is solinit here
};

/// A container that is gone, with all it left, when this object is.
///
/// docker and podman are asked by their command lines. Under bare runc and crun the test is the parent of the
/// container's PID 1, as conmon and the containerd shim are. What an engine refuses fails the test with its words.
class Container {
 public:
  Container(Kind kind, const Recipe& recipe);
  Container(const Container&) = delete;
  Container& operator=(const Container&) = delete;
  ~Container();

  /// What the engine said when it did not start it; empty where it did.
  const std::string& refusal() const { return refusal_; }

  const std::string& id() const { return id_; }  ///< as the container knows itself: 12 hex digits, or its host name
  /// Starts the same container again after its end, on the same root file system.
  void start();
  void kill(int signal);
  /// `docker pause` and its likes: all its processes are frozen until `resume`.
  void pause();
  void resume();
  /// What `docker stop -t` does: TERM, and KILL after `grace`. Returns how long it took.
  std::chrono::milliseconds stop(std::chrono::seconds grace);
  /// Waits for its end.
  std::optional<int> exit_code(std::chrono::milliseconds limit = 20s);
  bool is_running();
  pid_t pid();  ///< of its PID 1, on the host
  std::string log();
  Outcome exec(const Argv& command);

 private:
  void make(const Recipe& recipe);
  void make_bare(const Recipe& recipe);
  void start_bare();
  Outcome ask(const Argv& words, std::chrono::milliseconds limit = 60s);

  void refuse(const std::string& why);

  Kind kind_;
  Argv engine_options_;
  bool may_be_refused_ = false;
  std::string refusal_;
  std::string id_;
  std::string bundle_;  ///< bare only, as the rest
  pid_t pid_ = -1;
  std::optional<int> exit_code_;
};

}  // namespace engines
