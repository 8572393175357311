#pragma once

namespace hook {

/// `solinit-hook runtime …`, and solinit-NAME: where the runtime is told to make a container that a manifest speaks of,
/// puts our stages, and where it asks for it the launcher, into the bundle's configuration; then becomes the real
/// runtime with the same arguments, environment, descriptors and signals. What cannot be done to the configuration is
/// one warning. Returns only when there is no runtime to become: the exit code.
int run_runtime(int argc, char** argv);

}  // namespace hook
