#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "ownership/claim.h"

/// Forked copies of the test: for what must be seen from another process, user or namespace.
namespace subprocess {

/// Runs `act` in a forked child, as `user` where it is not 0, and returns what it returned; -1 when it died.
int run(const std::function<int()>& act, uid_t user = 0);

/// A forked child that runs `act` until it is killed, which it is with this object.
class Background {
 public:
  explicit Background(const std::function<void()>& act);
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;
  ~Background() { kill(); }
  pid_t pid() const noexcept { return pid_; }
  /// SIGKILL, and waits for its end.
  void kill() noexcept;

 private:
  pid_t pid_ = -1;
};

/// The claim of these sockets; fails the test when another holds one.
ownership::Claim claim_of(const std::vector<std::string>& sockets);
ownership::Claim claim_of_pid_file(const std::string& path);
/// settle with the usual rules.
ownership::Result<void> settle(const ownership::Claim& claim, std::chrono::milliseconds patience,
                               const ownership::SettleRules& rules = {});
/// Exit code of settle, 0 when it went well.
int settled(const ownership::Claim& claim, std::chrono::milliseconds patience = std::chrono::seconds(10),
            const ownership::SettleRules& rules = {});
/// The names in `directory` that `clear` makes.
std::vector<std::string> quarantined(const std::string& directory);

/// lstat(2): whether anything stands there, its inode.
bool exists(const std::string& path);
ino_t inode_of(const std::string& path);

}  // namespace subprocess
