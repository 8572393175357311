#pragma once

#include <string>

namespace launcher {

/// Why no web process can be given a listener by adoption here; empty where it can. Tries it: a short-lived child
/// installs the filter, and its memory is read. The kernel may be too old, an engine's own filter may forbid it or have
/// the one notify descriptor that a process can have, or its memory may not be shown. Takes some tenths of a
/// millisecond; to be called before the web process exists.
std::string lack_of_adoption();

}  // namespace launcher
