#pragma once

#include <string_view>

namespace hook {

/// From here on only the system calls of a stage are possible (seccomp(2)); sockets are unix and netlink ones, setns(2)
/// enters network namespaces alone. Any other call writes one line that names it and `stage`, and kills the process
/// with SIGSYS before it is made. `stage` must live for ever. False where the kernel cannot do it.
bool confine(std::string_view stage) noexcept;

}  // namespace hook
