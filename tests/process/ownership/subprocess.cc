#include "tests/process/ownership/subprocess.h"

#include <grp.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

namespace subprocess {

using namespace ownership;

int run(const std::function<int()>& act, uid_t user) {
  const pid_t child = fork();
  if (child == 0) {
    if (user != 0 &&
        (setgroups(0, nullptr) != 0 || setresgid(user, user, user) != 0 || setresuid(user, user, user) != 0))
      _exit(99);
    _exit(act());
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

Background::Background(const std::function<void()>& act) : pid_(fork()) {
  if (pid_ != 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  act();
  while (true) pause();
}

void Background::kill() noexcept {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

namespace {

Claim claim_items(const std::vector<Item>& items) {
  auto claimed = try_claim(items, true);
  if (!claimed) {
    ADD_FAILURE() << claimed.error().what << " " << claimed.error().object << ": " << claimed.error().why;
    return {};
  }
  if (!std::holds_alternative<Claim>(*claimed)) {
    ADD_FAILURE() << "busy: " << std::get<Busy>(*claimed).path;
    return {};
  }
  return std::move(std::get<Claim>(*claimed));
}

}  // namespace

Claim claim_of(const std::vector<std::string>& sockets) {
  std::vector<Item> items;
  for (const auto& path : sockets) items.push_back({Item::Kind::socket, path});
  return claim_items(items);
}

Claim claim_of_pid_file(const std::string& path) { return claim_items({{Item::Kind::pid_file, path}}); }

Result<void> settle(const Claim& claim, std::chrono::milliseconds patience, const SettleRules& rules) {
  return ownership::settle(claim, rules, Patience(Clock::now() + patience));
}

int settled(const Claim& claim, std::chrono::milliseconds patience, const SettleRules& rules) {
  const auto result = settle(claim, patience, rules);
  return result ? 0 : static_cast<int>(result.error().code);
}

std::vector<std::string> quarantined(const std::string& directory) {
  std::vector<std::string> names;
  std::error_code failure;
  for (const auto& entry : std::filesystem::directory_iterator(directory + "/.solinit", failure))
    if (entry.path().filename().string().starts_with("quarantine.")) names.push_back(entry.path().filename());
  return names;
}

bool exists(const std::string& path) {
  struct stat status {};
  return lstat(path.c_str(), &status) == 0;
}

ino_t inode_of(const std::string& path) {
  struct stat status {};
  return lstat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

}  // namespace subprocess
