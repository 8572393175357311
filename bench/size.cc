#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "bench/measure.h"
#include "bench/must.h"

namespace bench {
namespace {

void await_stop(pid_t pid) {
  int status = 0;
  must(waitpid(pid, &status, 0), "wait for a traced program");
  if (!WIFSTOPPED(status)) give_up("trace a program", "it ended before it blocked a signal");
}

/// After execve(2). A stop at each entry and each return; the call that blocks is not counted.
int calls_before_it_blocks(const std::vector<std::string>& command) {
  std::vector<char*> words;
  for (const auto& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  const pid_t pid = must(fork(), "fork");
  if (pid == 0) {
    ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    execv(words[0], words.data());
    _exit(99);
  }
  await_stop(pid);
  must(ptrace(PTRACE_SETOPTIONS, pid, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL), "trace a program");
  int calls = 0;
  while (true) {
    must(ptrace(PTRACE_SYSCALL, pid, nullptr, nullptr), "trace a program");
    await_stop(pid);
    __ptrace_syscall_info call{};
    must(ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof call, &call), "trace a program");
    if (call.op != PTRACE_SYSCALL_INFO_ENTRY) continue;
    if (call.entry.nr == SYS_rt_sigprocmask) break;
    ++calls;
  }
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
  return calls;
}

}  // namespace

Table measure_size(const Field& field) {
  Table table{"size", {"", "file KB", "system calls before it blocks signals"}, {}, {}};
  for (const auto& init : field.inits()) {
    if (init.has_manifest) continue;
    const auto megabytes = static_cast<double>(std::filesystem::file_size(init.words.front())) / 1e6;
    table.rows.push_back(
        {init.name, number(megabytes * 1e3), std::to_string(calls_before_it_blocks(field.command(init, "exit")))});
    if (init.is_ours) table.targets.push_back({init.name + " at most 2.5 MB", megabytes, 2.5, 2, " MB"});
  }
  return table;
}

}  // namespace bench
