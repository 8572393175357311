#pragma once

namespace ownership {

/// How both programs end when it is not the web process that decides. Numbers follow sysexits(3) where one fits and
/// the shell where it speaks of commands; the tables in docs/solinit.1.md are held to this enum by a test.
enum class ExitCode : int {
  success = 0,
  usage = 64,            ///< the command line cannot be understood
  bad_input = 65,        ///< malformed OCI state or configuration
  not_ready = 69,        ///< the web process did not become ready in time
  our_bug = 70,          ///< an internal error of solinit
  system_call = 71,      ///< the kernel refused something solinit needs
  held = 75,             ///< another live process holds what we own, or replaced us
  not_permitted = 77,    ///< we may not look, or may not tell
  bad_manifest = 78,     ///< the manifest is wrong, or a foreign file stands in our place
  not_executable = 126,  ///< the command was found and cannot be executed
  not_found = 127,       ///< the command was not found
};

}  // namespace ownership
