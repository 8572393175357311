#pragma once

namespace hook {

/// `solinit-hook precreate [--manifests DIR] [--launcher FILE]`, podman's stage before a container is made: the
/// configuration comes on stdin and leaves on stdout, with the launcher where a manifest asks for it. What cannot be
/// understood leaves as it came, with one warning. Returns the exit code: other than 0 only for its options.
int run_precreate(int argc, char** argv);

}  // namespace hook
