#pragma once

#include <optional>
#include <string_view>
#include <variant>

#include "launcher/inherited.h"
#include "launcher/plan.h"

namespace launcher {

inline constexpr std::string_view default_manifest = "/etc/solinit/manifest.yaml";

/// Decides what to do from argv, the environment and the manifest. A bare `solinit COMMAND` is decided at once; with
/// options or a manifest a confined child reads them, so that neither hostile input nor the libraries that read it ever
/// touch this process. Waits at most 10 s for that child, and leaves none. Relative paths are looked up in the working
/// directory that was given to us. Every failure is an Answer.
std::variant<Plan, Answer> make_plan(int argc, char* const* argv, const Inherited& inherited) noexcept;

/// Where the command begins when nothing but it matters: no option, no variable of ours or of the programs we stand in
/// for, no manifest. Pure but for one look for the default manifest.
std::optional<int> plain_command(int argc, char* const* argv, char* const* environment) noexcept;

}  // namespace launcher
