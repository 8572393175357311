#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string_view>

#include "ownership/fd.h"
#include "ownership/look.h"
#include "ownership/verdict.h"

namespace ownership {

/// What a pid file says.
struct PidText {
  enum class Kind { empty, number, garbage } kind = Kind::garbage;
  pid_t number = 0;
};

/// Pure. One decimal number with blanks around it; blanks alone are empty; all else is garbage.
PidText parse_pid_text(std::string_view text) noexcept;

/// What is known of the process that has the number now.
struct Bearer {
  bool is_alive = false;
  bool is_above_us = false;               ///< ourselves or what started us
  std::optional<std::int64_t> started{};  ///< seconds since 1970
  pid_t pid = 0;                          ///< as we count
};

enum class PidVerdict {
  stale,    ///< its number cannot be the web process; may be removed
  live,     ///< a process that can have written it has the number
  foreign,  ///< no pid file; never removed
};

/// Pure. `can_none_be`: we are PID 1 of a private pid namespace and have started nothing. An empty file is what a crash
/// between open and write leaves: stale. A process that started over two seconds after the file was written is another
/// one; less than that is within the grain of both clocks.
PidVerdict judge_pid_file(const PidText& text, const Bearer& bearer, std::int64_t written, bool can_none_be) noexcept;

struct MountedPart;

/// One look at a pid file. Reads only, never blocks, follows no link.
struct PidFileSighting {
  Entry entry = Entry::unknown;  ///< Entry::other is what stands there, a file or not
  PidVerdict verdict = PidVerdict::foreign;
  PidText text;
  Identity identity;
  Fd pin;
  int reason = 0;
  pid_t bearer = 0;  ///< of a live one: the process, as we count
};
/// The number is one of our own pid namespace; with a `part` that the file is in, one of any that sees it.
PidFileSighting look_at_pid_file(int directory, const char* name, const MountedPart* part = nullptr) noexcept;

/// The second look, in the quarantine: `nobody` when it is stale still.
SecondLook look_again_at_pid_file(int quarantine, const char* name, int pin,
                                  const MountedPart* part = nullptr) noexcept;

}  // namespace ownership
