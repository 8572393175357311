#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "ownership/fd.h"

namespace bench {

/// A process that is killed, with its group, when this goes. Of a launcher the web process has a group of its own.
class Process {
 public:
  /// `variables` are set beside ours; `descriptor`, where there is one, becomes 3.
  Process(const std::vector<std::string>& command, const std::vector<std::string>& variables = {}, int descriptor = -1);
  Process(Process&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
  Process& operator=(Process&& other) noexcept {
    std::swap(pid_, other.pid_);
    return *this;
  }
  ~Process();

  pid_t pid() const noexcept { return pid_; }
  void signal(int number) const;
  /// Blocks until it has ended.
  void wait();
  /// Asks it to end, and waits for that.
  void end();

 private:
  pid_t pid_ = -1;
};

/// A way to put a new server into the place of the old one. The servers boot for `boot` and answer with their name.
struct Contender {
  std::string name;
  /// Starts the first server and returns when it serves.
  std::function<void()> start;
  /// Returns when the server `generation` serves and the last one is gone.
  std::function<void(int generation)> redeploy;
  std::function<void()> stop;
};

struct Place {
  std::string directory;  ///< of its own
  std::string socket() const { return directory + "/web.sock"; }
};

struct Programs {
  std::string launcher, server;  ///< solinit, and witness_server
};

/// How long each server takes from execve(2) to listen(2), as a small framework does.
inline constexpr int boot_milliseconds = 50;

/// All of them, each with a directory below `room`.
std::vector<std::pair<Contender, Place>> contenders(const Programs& programs, const std::string& room);

}  // namespace bench
