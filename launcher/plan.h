#pragma once

#include <sys/types.h>

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "manifests/manifest.h"
#include "ownership/log.h"
#include "status/show.h"

namespace launcher {

/// As which program solinit was called (basename of argv[0]). The others differ only where their users rely on it.
enum class Personality { solinit, tini, dumb_init, catatonit };

/// To whom a forwarded signal goes.
enum class Scope { web_process, group };

/// In Plan::rewritten: this signal is not forwarded at all.
inline constexpr std::uint8_t dropped_signal = 255;

/// What is asked of a launcher that runs already.
enum class Question { none, ready, restart, status, explain };

/// All that the launcher does, decided before the web process exists. Made by the planner from argv, the environment
/// and the manifest; plain data, so that PID 1 parses nothing.
struct Plan {
  Personality personality = Personality::solinit;
  std::vector<std::string> command;             ///< argv of the web process, {name} placeholders replaced
  std::optional<manifests::Manifest> manifest;  ///< with --takeover applied
  std::string manifest_path;                    ///< for messages
  Scope scope = Scope::web_process;
  bool own_session = false;           ///< setsid(2) for the web process (dumb-init's default)
  bool adopts_orphans = true;         ///< PR_SET_CHILD_SUBREAPER when we are not PID 1 (tini: only with -s)
  bool warns_when_not_reaping = true;
  int parent_death_signal = 0;        ///< prctl(2) PR_SET_PDEATHSIG for ourselves; 0: none
  std::bitset<256> success_statuses;  ///< exit statuses that are reported as 0 (tini -e)
  std::array<std::uint8_t, 65> rewritten{};  ///< signal n is forwarded as rewritten[n]; or dropped_signal
  bool pauses = false;                ///< catatonit -P: no web process at all, only reap and wait for a stop signal
  Question question = Question::none;  ///< nothing is run then, and the command is empty
  status::View view;                   ///< of the status
  std::string explained;               ///< the path to be explained
  bool allows_remote_volume = false;
  ownership::log::Level level = ownership::log::Level::notice;
  ownership::log::Format format = ownership::log::Format::text;
};

/// What is answered without running anything: --help, --version, --check, or an error already put
/// into words. `exit_code` is how to leave.
struct Answer {
  int exit_code = 0;
  std::string out;  ///< for stdout
  std::string err;  ///< for stderr, whole lines in the log grammar
};

}  // namespace launcher
