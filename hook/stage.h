#pragma once

namespace hook {

/// `solinit-hook createRuntime|prestart [OPTION]...`: the state comes on stdin; returns the exit code.
int run_create(int argc, char** argv);
/// `solinit-hook poststop [OPTION]...`: always 0, but for its options.
int run_poststop(int argc, char** argv);

}  // namespace hook
