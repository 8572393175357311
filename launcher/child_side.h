#pragma once

#include <linux/filter.h>
#include <linux/limits.h>

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "launcher/inherited.h"

/// What happens in the child between fork(2) and execve(2). Nothing here allocates, throws or returns to the launcher.
namespace launcher {

/// What the child could not do; it travels over the report pipe in one write(2).
struct ExecReport {
  enum class Step : std::int32_t {
    session,
    descriptors,
    directory,
    adoption,
    search,
    interpreter,
    fork,   ///< of the spawner: there is no child
    begun,  ///< the first word of a child of the spawner, with its number: none of failure
  };
  Step step = Step::search;
  std::int32_t number = 0;  ///< errno
};

/// How the launcher comes to answer some of the command's system calls; without a filter it does not.
struct Watching {
  std::span<const sock_filter> filter{};
  int channel = -1;  ///< the notify descriptor is sent here
};

struct ChildSide {
  const Inherited& inherited;
  bool own_session;
  std::span<const int> kept;
  std::span<const int> listeners;
  Watching watching;
  int report;  ///< write end; settle_in gives it another number where a listener needs its own
};

/// Session or group, terminal, descriptors, SIGCHLD, directory and the filter. Does not return when something fails.
void settle_in(ChildSide& child) noexcept;

/// The last thing before execve(2): signals sent since fork(2) are delivered now, to the dispositions the command will
/// start with.
void restore_mask(const Inherited& inherited) noexcept;

/// Reports and ends the child, with the exit code that the launcher will leave with.
[[noreturn]] void fail_in_child(int report, ExecReport failure) noexcept;
int exit_code_of(ExecReport failure) noexcept;

/// The files that execvp(3) would try for a command, one after the other.
class PathSearch {
 public:
  PathSearch(std::string_view command, std::string_view path) noexcept;
  /// The next candidate, or null after the last.
  const char* next() noexcept;

 private:
  std::string_view command_, rest_;
  bool is_over_ = false;
  std::array<char, PATH_MAX> file_{};
};

}  // namespace launcher
