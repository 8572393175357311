#pragma once

#include <sys/types.h>

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/chaos/ledger.h"

namespace chaos {

using Words = std::vector<std::string>;

/// The first process of a pid namespace has many children that it never started: the first process of each container
/// comes to it when runc has ended. All are reaped here; who waits for one asks for its status.
class Children {
 public:
  Children();
  Children(const Children&) = delete;
  Children& operator=(const Children&) = delete;
  ~Children();

  /// Starts a program found in PATH, stdout and stderr appended to `log`; -1 where it cannot.
  pid_t start(const Words& command, const std::string& log);
  /// The exit status, or 128 + the signal, of a child that ended since `since`; once it was told it is forgotten.
  std::optional<int> status_of(pid_t pid, Moment since);
  /// start, and the status; 124 where it did not end within the limit, and was killed.
  int run(const Words& command, const std::string& log, std::chrono::milliseconds limit);

 private:
  struct Ended {
    int status;
    Moment when;
  };
  void reap();

  std::mutex guard_;
  std::map<pid_t, Ended> ended_;
  std::atomic<bool> is_over_ = false;
  std::thread thread_;
};

}  // namespace chaos
