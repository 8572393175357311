#pragma once

namespace hook {

/// `solinit-hook check [--annotation KEY=VALUE]... [--mount DESTINATION]... [--manifests DIR] [--hooks-dir DIR]...
/// [--docker-config FILE]`: says what an engine would call, what the manifests would do for such a container and why
/// not, and what would be passed over silently or break every container. Changes nothing. Returns the exit code:
/// bad_manifest where anything is wrong.
int run_check(int argc, char** argv);

}  // namespace hook
