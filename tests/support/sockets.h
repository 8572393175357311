#pragma once

#include <string>

#include "ownership/fd.h"

namespace support {

/// The name a witness server answers with at `path`; empty when nobody answers within a second.
std::string ask(const std::string& path);
/// The whole answer: "NAME PID".
std::string whole_answer(const std::string& path);

/// A connection that says nothing; empty with errno when it cannot be made. Never waits.
ownership::Fd connect_to(const std::string& path, int type);
/// Leaves at `path` what a killed server leaves: a socket inode to which nothing is bound.
void leave_stale_socket(const std::string& path);
/// A socket of this process, bound at `path`; it listens where `backlog` is not negative.
ownership::Fd bound_socket(const std::string& path, int type, int backlog);

}  // namespace support
