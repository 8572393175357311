#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

/// Users and groups by name, from /etc/passwd and /etc/group alone: a static program has no NSS.
namespace launcher {

/// The number that `account` is, or that the file says it has; nothing when it is unknown.
std::optional<uid_t> user_number(const std::string& account);
std::optional<gid_t> group_number(const std::string& account);

}  // namespace launcher
