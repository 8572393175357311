#include "tests/support/child.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ostream>
#include <set>
#include <sstream>
#include <utility>

#include "tests/support/become.h"
#include "tests/support/pid_one.h"
#include "tests/support/temp_dir.h"

namespace support {
namespace {

using ownership::Fd;

/// The children that a Child answers for: every other child of ours is somebody's orphan.
std::set<pid_t>& answered_for() {
  static std::set<pid_t> pids;
  return pids;
}

/// Again until there is none: what is killed leaves children of its own to us.
void end_orphans() {
  for (bool found = true; found;) {
    found = false;
    for (const pid_t child : children_of(getpid())) {
      if (answered_for().contains(child)) continue;
      kill(child, SIGKILL);
      waitpid(child, nullptr, __WALL);
      found = true;
    }
  }
}

/// Appended to, so that all writers of a tree may share it; read at any time, so that no child ever waits for us.
Fd make_record(const char* name) {
  Fd record(memfd_create(name, MFD_CLOEXEC));
  fcntl(record.get(), F_SETFL, O_APPEND);
  fchmod(record.get(), 0666);
  return record;
}

std::string text_of(const Fd& record) {
  struct stat status {};
  fstat(record.get(), &status);
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  const auto count = pread(record.get(), text.data(), text.size(), 0);
  text.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
  return text;
}

pid_t start(const Preparation& preparation, const Settings& settings) {
  const pid_t pid = has_namespaces(settings) ? fork_as_pid_one() : fork();
  if (pid == 0) preparation.become();
  return pid;
}

Ending ending_of(int wait_status) {
  return WIFEXITED(wait_status) ? exited(WEXITSTATUS(wait_status)) : killed_by(WTERMSIG(wait_status));
}

}  // namespace

std::vector<pid_t> children_of(pid_t parent) {
  std::istringstream list(
      read_file("/proc/" + std::to_string(parent) + "/task/" + std::to_string(parent) + "/children"));
  std::vector<pid_t> children;
  for (pid_t child; list >> child;) children.push_back(child);
  return children;
}

std::vector<pid_t> executed_by(pid_t launcher) {
  auto children = children_of(launcher);
  std::erase_if(children, [](pid_t child) { return status_field(child, "Name").starts_with("solinit"); });
  return children;
}

std::string status_field(pid_t pid, const std::string& name) {
  std::istringstream lines(read_file("/proc/" + std::to_string(pid) + "/status"));
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(name + ":\t")) return line.substr(name.size() + 2);
  return "";
}

Ending exited(int status) { return {Ending::Kind::exited, status}; }
Ending killed_by(int signal) { return {Ending::Kind::killed, signal}; }

std::ostream& operator<<(std::ostream& out, const Ending& ending) {
  switch (ending.kind) {
    case Ending::Kind::exited:
      return out << "exited with " << ending.number;
    case Ending::Kind::killed:
      return out << "killed by signal " << ending.number;
    case Ending::Kind::runs:
      break;
  }
  return out << "still runs";
}

Child::Child(const Settings& settings)
    : has_init_above_(settings.as == As::below_pid_one || settings.as == As::background_job),
      out_(make_record("out")),
      log_(make_record("log")) {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  int ends[2] = {-1, -1};
  if (pipe2(ends, O_CLOEXEC) != 0) ADD_FAILURE() << std::strerror(errno);
  status_ = Fd(ends[0]);
  const Fd told(ends[1]);
  top_ = start(Preparation(settings, out_.get(), log_.get(), told.get()), settings);
  if (top_ < 0) {
    ADD_FAILURE() << "no child: " << std::strerror(errno);
    return;
  }
  answered_for().insert(top_);
  pid_ = top_;
  if (has_init_above_) find_second_process();
}

/// Its end may have been told before it is seen: then it has no number any more.
void Child::find_second_process() {
  pid_ = -1;
  const bool is_known = wait_until([&] {
    const auto below = children_of(top_);
    if (!below.empty()) pid_ = below.front();
    pollfd told{status_.get(), POLLIN, 0};
    return !below.empty() || poll(&told, 1, 0) == 1;
  });
  EXPECT_TRUE(is_known) << log();
}

Child::Child(Child&& other) noexcept
    : top_(std::exchange(other.top_, -1)),
      pid_(std::exchange(other.pid_, -1)),
      ending_(other.ending_),
      is_reaped_(other.is_reaped_),
      has_init_above_(other.has_init_above_),
      out_(std::move(other.out_)),
      log_(std::move(other.log_)),
      status_(std::move(other.status_)) {}

Child& Child::operator=(Child&& other) noexcept {
  Child moved(std::move(other));
  std::swap(top_, moved.top_);
  std::swap(pid_, moved.pid_);
  std::swap(ending_, moved.ending_);
  std::swap(is_reaped_, moved.is_reaped_);
  std::swap(has_init_above_, moved.has_init_above_);
  std::swap(out_, moved.out_);
  std::swap(log_, moved.log_);
  std::swap(status_, moved.status_);
  return *this;
}

Child::~Child() {
  if (top_ < 0) return;
  if (!is_reaped_) {
    kill(top_, SIGKILL);
    while (waitpid(top_, nullptr, __WALL) < 0 && errno == EINTR) {
    }
  }
  answered_for().erase(top_);
  end_orphans();
}

void Child::signal(int number) const {
  if (pid_ > 0 && kill(pid_, number) != 0) ADD_FAILURE() << "signal " << number << ": " << std::strerror(errno);
}

Ending Child::ending(std::chrono::milliseconds limit) {
  if (ending_.kind != Ending::Kind::runs || top_ < 0) return ending_;
  int status = 0;
  if (has_init_above_) {
    pollfd told{status_.get(), POLLIN, 0};
    if (poll(&told, 1, static_cast<int>(limit.count())) == 1 && read(status_.get(), &status, sizeof status) > 0)
      ending_ = ending_of(status);
    return ending_;
  }
  const Fd pidfd(static_cast<int>(syscall(SYS_pidfd_open, top_, 0)));
  pollfd over{pidfd.get(), POLLIN, 0};
  poll(&over, 1, static_cast<int>(limit.count()));
  if (waitpid(top_, &status, WNOHANG | __WALL) == top_) ended(status);
  return ending_;
}

void Child::ended(int wait_status) {
  if (!WIFEXITED(wait_status) && !WIFSIGNALED(wait_status)) return;
  ending_ = ending_of(wait_status);
  is_reaped_ = true;
}

std::string Child::out() const { return text_of(out_); }
std::string Child::log() const { return text_of(log_); }

bool Child::says(const std::string& text, std::chrono::milliseconds limit) const {
  return wait_until([&] { return out().find(text) != std::string::npos; }, limit);
}

bool Child::logs(const std::string& text, std::chrono::milliseconds limit) const {
  return wait_until([&] { return log().find(text) != std::string::npos; }, limit);
}

pid_t Child::witness(std::chrono::milliseconds limit) const {
  static const std::string mark = "ready (pid: ";
  if (!says(mark, limit)) return 0;
  const auto text = out();
  return std::atoi(text.c_str() + text.rfind(mark) + mark.size());
}

}  // namespace support
