#include "tests/chaos/children.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "tests/support/wait.h"

namespace chaos {
namespace {

int code_of(int status) { return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status); }

}  // namespace

Children::Children() : thread_([this] { reap(); }) {}

Children::~Children() {
  is_over_ = true;
  thread_.join();
}

/// Under the lock, so that a number that is in use again cannot be told for the old one's.
void Children::reap() {
  while (!is_over_) {
    bool found = false;
    {
      const std::lock_guard lock(guard_);
      int status = 0;
      if (const pid_t pid = ::waitpid(-1, &status, WNOHANG); pid > 0) {
        ended_[pid] = {code_of(status), Clock::now()};
        found = true;
      }
    }
    if (!found) ::poll(nullptr, 0, 2);
  }
}

pid_t Children::start(const Words& command, const std::string& log) {
  std::vector<char*> words;
  for (const auto& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  pid_t pid = -1;
  const std::lock_guard lock(guard_);
  if (posix_spawnp(&pid, words[0], &actions, nullptr, words.data(), environ) != 0) pid = -1;
  ended_.erase(pid);
  posix_spawn_file_actions_destroy(&actions);
  return pid;
}

std::optional<int> Children::status_of(pid_t pid, Moment since) {
  const std::lock_guard lock(guard_);
  const auto found = ended_.find(pid);
  if (found == ended_.end()) return std::nullopt;
  const auto [status, when] = found->second;
  ended_.erase(found);
  return when < since ? std::nullopt : std::optional(status);
}

int Children::run(const Words& command, const std::string& log, std::chrono::milliseconds limit) {
  const auto since = Clock::now();
  const pid_t pid = start(command, log);
  if (pid < 0) return 127;
  std::optional<int> status;
  if (support::wait_until([&] { return (status = status_of(pid, since)).has_value(); }, limit)) return *status;
  ::kill(pid, SIGKILL);
  return 124;
}

}  // namespace chaos
