#pragma once

#include <string>
#include <vector>

#include "ownership/error.h"

/// Where the lines of a stage go. Runtimes show stderr only when a hook fails, and crun not even then.
namespace hook {

inline constexpr std::size_t longest_line = 1024;

/// From here on errors go to stderr, and every line to the journal (/dev/log, where somebody listens there) and into the
/// report.
void start_telling() noexcept;
/// From here on every line goes to stderr and to the journal: where nothing fails, its user still reads it.
void start_telling_aloud() noexcept;

struct Report {
  std::string file;  ///< empty: none is written
  std::string stage;
  std::string container;
  std::vector<std::string> owners;
};

/// Whether anything has been told.
bool has_told() noexcept;

/// Appends one JSON object with the lines so far and the exit code, as one write(2), to the report's file, which is made
/// 0600 where it is missing. What cannot be written is a warning in the journal.
void write_report(const Report& report, int exit_code) noexcept;

}  // namespace hook
