#pragma once

#include <array>
#include <csignal>
#include <optional>
#include <string>
#include <string_view>

#include "launcher/plan.h"

namespace launcher {

/// By the last component of argv[0]; anything unknown is solinit.
Personality personality_of(std::string_view argv0) noexcept;

/// What a program of this name does when it is given no option. Without a command.
Plan plain_plan(Personality personality);

/// The numbers with which job control stops a process. dumb-init, in a session of its own where they would do nothing,
/// forwards each as SIGSTOP; catatonit forwards none.
inline constexpr std::array job_control_signals{SIGTSTP, SIGTTIN, SIGTTOU};

/// One line with its newline, in the form that this program's callers read (docker info looks for "tini version").
std::string version_text(Personality personality);

/// 64 for solinit; the others leave with 1.
int usage_exit_code(Personality personality) noexcept;

/// Nothing when `name` is not in the environment.
std::optional<std::string_view> variable(char* const* environment, std::string_view name) noexcept;

}  // namespace launcher
