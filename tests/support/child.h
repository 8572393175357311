#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <iosfwd>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ownership/fd.h"
#include "tests/support/wait.h"

/// Real processes, under the conditions a test names. Whatever they start is gone with them.
namespace support {

/// Where a child lives.
enum class As {
  process,         ///< beside the test; its orphans become the test's and end with the Child
  pid_one,         ///< the first process of its own pid and mount namespaces, with its own /proc
  below_pid_one,   ///< the second: above it stands an init that only reaps
  background_job,  ///< beside the test, in a session whose leader, its parent, has the foreground of the terminal
};

struct Settings {
  std::vector<std::string> command;
  std::string file;                      ///< what is executed; empty: command[0], not searched in PATH
  std::vector<std::string> environment;  ///< NAME=value, in place of ours
  As as = As::process;
  bool has_own_network = false;       ///< not for As::process
  std::optional<uid_t> user;          ///< and the group of the same number
  std::string directory;              ///< empty: ours
  std::map<int, rlim_t> limits;       ///< RLIMIT_… to its soft and hard value
  std::string cgroup;                 ///< Cgroup::members() of the group it joins
  std::vector<int> blocked, ignored;  ///< signals
  std::map<int, int>
      descriptors;         ///< its number to ours, or -1: closed. 0 is /dev/null, 1 and 2 are kept as out(), log()
  int terminal = -1;       ///< becomes its controlling terminal and 0, 1, 2
  bool is_traced = false;  ///< stops at execve(2), for a Tracer
};

struct Ending {
  enum class Kind { exited, killed, runs } kind = Kind::runs;
  int number = 0;  ///< exit status or signal
  bool operator==(const Ending&) const = default;
};
inline bool has_namespaces(const Settings& settings) {
  return settings.as == As::pid_one || settings.as == As::below_pid_one;
}

Ending exited(int status);
Ending killed_by(int signal);
std::ostream& operator<<(std::ostream& out, const Ending& ending);

/// The children of a process, as this machine numbers them.
std::vector<pid_t> children_of(pid_t parent);
/// Those of a launcher that are not its own helpers: the web process, and orphans.
std::vector<pid_t> executed_by(pid_t launcher);
/// A field of /proc/PID/status, such as "PPid" or "State"; empty when there is none.
std::string status_field(pid_t pid, const std::string& name);

class Child {
 public:
  /// Starts it. A setting that cannot be had fails the test, and ends the child with 99.
  explicit Child(const Settings& settings);
  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;
  /// Kills what is left of it.
  ~Child();

  /// On this machine, whatever the child thinks.
  pid_t pid() const noexcept { return pid_; }
  void signal(int number) const;
  /// Waits for its end.
  Ending ending(std::chrono::milliseconds limit = 10s);
  bool runs() { return ending(0ms).kind == Ending::Kind::runs; }

  std::string out() const;  ///< all of its tree's stdout so far
  std::string log() const;  ///< and of stderr
  /// Waits until its stdout holds `text`.
  bool says(const std::string& text, std::chrono::milliseconds limit = 10s) const;
  /// Waits until its stderr holds `text`.
  bool logs(const std::string& text, std::chrono::milliseconds limit = 10s) const;
  /// The number that follows "ready (pid: " on its stdout, as the witnesses print it; waits for it. 0: none came.
  pid_t witness(std::chrono::milliseconds limit = 10s) const;

  /// For a Tracer, which sees the end in place of us.
  void ended(int wait_status);

 private:
  void find_second_process();

  pid_t top_ = -1;  ///< our child: the init above, or pid_ itself
  pid_t pid_ = -1;
  Ending ending_;
  bool is_reaped_ = false;
  bool has_init_above_ = false;
  ownership::Fd out_, log_, status_;
};

}  // namespace support
