#include "launcher/spawn.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/process/child.hpp>
#include <boost/process/detail/handler.hpp>
#include <boost/process/error.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <new>

namespace launcher {
namespace {

using ownership::Error;
using ownership::ExitCode;
using ownership::Fd;
using ownership::Result;
using Step = ExecReport::Step;
namespace bp = boost::process;

constexpr const char* shell = "/bin/sh";

/// One execution, made ready before fork(2) so that the child has little left to do.
class Execution {
 public:
  Execution(const SpawnRequest& request, int report)
      : child_{request.inherited,  request.own_session, request.kept,
               request.listeners,  request.watching,    report},
        environment_(environ, request.environment),
        command_(request.command.front()) {
    arguments_.reserve(request.command.size() + 2);
    arguments_.push_back(nullptr);  // room for the shell of a script without #!
    for (const auto& argument : request.command) arguments_.push_back(const_cast<char*>(argument.c_str()));
    arguments_.push_back(nullptr);
  }

  char** arguments() noexcept { return arguments_.data() + 1; }
  char** environment() noexcept { return environment_.entries(); }
  int fork_error = 0;

  /// In the child, before its first execve(2), which the caller makes.
  const char* prepare(PathSearch& search) noexcept {
    environment_.set_listen_pid();
    settle_in(child_);
    const char* file = search.next();
    if (file == nullptr) fail_in_child(child_.report, {Step::search, ENAMETOOLONG});
    restore_mask(child_.inherited);
    return file;
  }

  /// In the child, after that execve(2) failed: goes on as execvp(3) does.
  [[noreturn]] void try_others(PathSearch& search, const char* file, int number) noexcept {
    bool is_denied = false;
    ExecReport failure;
    while (file != nullptr) {
      if (number == ENOEXEC) number = run_by_shell(file);
      failure = {number == ENOENT && access(file, F_OK) == 0 ? Step::interpreter : Step::search, number};
      is_denied = is_denied || number == EACCES;
      if (!may_be_elsewhere(number)) fail_in_child(child_.report, failure);
      file = search.next();
      if (file == nullptr) break;
      execve(file, arguments(), environment());
      number = errno;
    }
    fail_in_child(child_.report, is_denied ? ExecReport{Step::search, EACCES} : failure);
  }

  /// In a child that the launcher did not fork itself.
  [[noreturn]] void begin(PathSearch& search) noexcept {
    const ExecReport begun{Step::begun, getpid()};
    // Nobody waits for us any more.
    if (write(child_.report, &begun, sizeof begun) != static_cast<ssize_t>(sizeof begun))
      _exit(static_cast<int>(ExitCode::system_call));
    const char* const file = prepare(search);
    execve(file, arguments(), environment());
    try_others(search, file, errno);
  }

  PathSearch search() noexcept { return {command_, environment_.path()}; }

 private:
  static bool may_be_elsewhere(int number) noexcept {
    return number == ENOENT || number == ENOTDIR || number == EACCES || number == ESTALE || number == ENODEV ||
           number == ETIMEDOUT;
  }

  int run_by_shell(const char* file) noexcept {
    char* const first = arguments_[1];
    arguments_[0] = const_cast<char*>(shell);
    arguments_[1] = const_cast<char*>(file);
    execve(shell, arguments_.data(), environment());
    arguments_[1] = first;
    return ENOEXEC;
  }

  ChildSide child_;
  Environment environment_;
  std::string_view command_;
  std::vector<char*> arguments_;
};

/// Boost.Process calls these; everything else of it stays unused. With `ignore_error` it makes no pipe of its own and
/// does not wait for the execution. Its set_error would not stop the execve(2): the child ends itself instead.
struct Steps : bp::detail::handler {
  Steps(Execution& prepared, PathSearch& files) : execution(prepared), search(files) {}

  template <typename Executor>
  void on_setup(Executor& executor) const {
    executor.cmd_line = execution.arguments();
    executor.env = execution.environment();
  }
  template <typename Executor>
  void on_fork_error(Executor&, const std::error_code& code) const {
    execution.fork_error = code.value();
  }
  template <typename Executor>
  void on_exec_setup(Executor& executor) const {
    executor.exe = execution.prepare(search);
  }
  template <typename Executor>
  void on_exec_error(Executor& executor, const std::error_code& code) const {
    execution.try_others(search, executor.exe, code.value());
  }

  Execution& execution;
  PathSearch& search;
};

/// A session leader's terminal has to be set free before another session can have it. The kernel tells the foreground
/// group HUP and CONT then: those two are ours and not for the web process; what was pending before stays pending.
void set_terminal_free(int terminal) noexcept {
  if (terminal < 0 || getsid(0) != getpid()) return;
  std::uint64_t before = 0;
  syscall(SYS_rt_sigpending, &before, sizeof before);
  if (ioctl(terminal, TIOCNOTTY) != 0) return;
  constexpr timespec at_once{};
  const std::uint64_t caused = ((std::uint64_t{1} << (SIGHUP - 1)) | (std::uint64_t{1} << (SIGCONT - 1))) & ~before;
  while (caused != 0 && syscall(SYS_rt_sigtimedwait, &caused, nullptr, &at_once, sizeof caused) > 0) {
  }
}

Result<Spawned> try_spawn(const SpawnRequest& request) {
  auto report = make_report_pipe(request.command.front());
  if (!report) return std::unexpected(std::move(report.error()));
  Spawned spawned{0, std::move(report->read)};
  Execution execution(request, report->write.get());
  auto search = execution.search();
  if (request.own_session) set_terminal_free(request.inherited.terminal);

  Steps steps(execution, search);
  bp::child child(steps, bp::ignore_error);
  child.detach();  // its destructor would kill
  if (execution.fork_error != 0)
    return std::unexpected(ownership::system_error("cannot fork for", request.command.front(), execution.fork_error));
  spawned.pid = child.id();
  // Also in the child, whoever comes first: a signal to the group must find it. After execve(2) this fails, rightly.
  if (!request.own_session) setpgid(spawned.pid, spawned.pid);
  return spawned;
}

/// From its execution on, whoever started it; and one that we forked ourselves from the beginning.
bool is_waited_for(pid_t child) noexcept {
  siginfo_t info{};
  return waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

Error explain(ExecReport failure, std::string_view command) {
  const auto code = static_cast<ExitCode>(exit_code_of(failure));
  auto error = ownership::system_error("cannot execute", std::string(command), failure.number, code);
  switch (failure.step) {
    case Step::session: error.what = "cannot make a process group for"; break;
    case Step::descriptors: error.what = "cannot give its descriptors to"; break;
    case Step::directory: error.what = "cannot return to the working directory for"; break;
    case Step::adoption: error.what = "cannot watch the system calls of"; break;
    case Step::fork: error.what = "cannot fork for"; break;
    case Step::begun: break;
    case Step::interpreter:
      error.why = "it is there, but its interpreter or dynamic loader is not";
      error.advice = "see its first line, or file(1)";
      break;
    case Step::search:
      if (code == ExitCode::not_found)
        error.why = command.find('/') == command.npos ? "not found in PATH" : "no such file";
      break;
  }
  return error;
}

}  // namespace

Result<Spawned> spawn(const SpawnRequest& request) noexcept try {
  return try_spawn(request);
} catch (const std::bad_alloc&) {
  return std::unexpected(ownership::system_error("cannot start", "", ENOMEM));
} catch (const std::exception& failure) {
  return std::unexpected(Error{ExitCode::our_bug, "cannot start", "", failure.what(), ""});
}

Result<ReportPipe> make_report_pipe(std::string_view command) {
  std::array<int, 2> ends;
  if (pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0)
    return std::unexpected(ownership::system_error("cannot start", std::string(command), errno));
  return ReportPipe{Fd(ends[0]), Fd(ends[1])};
}

int spawn_beside(const SpawnRequest& request, int report) noexcept try {
  Execution execution(request, report);
  auto search = execution.search();
  const auto pid = syscall(SYS_clone, CLONE_PARENT, nullptr, nullptr, nullptr, nullptr);
  if (pid == 0) execution.begin(search);
  return pid < 0 ? errno : 0;
} catch (const std::exception&) {
  return ENOMEM;
}

Result<void> exec_outcome(const Spawned& spawned, std::string_view command,
                          std::chrono::milliseconds limit) noexcept try {
  pollfd end{spawned.exec_report.get(), POLLIN, 0};
  // Every signal is blocked: nothing interrupts this.
  poll(&end, 1, static_cast<int>(limit.count()));
  ExecReport failure;
  const bool has_failed = read(spawned.exec_report.get(), &failure, sizeof failure) == sizeof failure;
  if (!has_failed && is_waited_for(spawned.pid)) return {};
  kill_and_reap(spawned.pid);
  if (has_failed) return std::unexpected(explain(failure, command));
  return std::unexpected(Error{ExitCode::system_call, "cannot execute", std::string(command),
                               "it was killed, or took too long, before it was executed", ""});
} catch (const std::bad_alloc&) {
  return std::unexpected(Error{ExitCode::system_call, {}, {}, {}, {}});
}

void kill_and_reap(pid_t child) noexcept {
  constexpr int longest = 1000;
  kill(child, SIGKILL);
  const Fd end(static_cast<int>(syscall(SYS_pidfd_open, child, 0)));
  pollfd ends{end.get(), POLLIN, 0};
  if (end) poll(&ends, 1, longest);
  waitpid(child, nullptr, __WALL | (end ? WNOHANG : 0));
}

}  // namespace launcher
