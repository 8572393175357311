#pragma once

#include <sys/types.h>

#include <string>

/// What a test needs of its machine. Each `lack_of_…` is empty where it is there, else the reason it is not.
///
///   if (const auto lack = lack_of_namespaces(); !lack.empty()) return skip(lack);
namespace support {

/// Own pid, mount and network namespaces with a /proc of their own: containers without an engine.
std::string lack_of_namespaces();
/// Another user's processes can be started.
std::string lack_of_root();
/// A user that nobody else is, so that a limit of its processes is the test's alone.
uid_t nobody_else();
/// Our children can be traced.
std::string lack_of_tracing();

/// Skips the running test; where TESTS_MUST_RUN=1, fails it.
void skip(const std::string& reason);

}  // namespace support
