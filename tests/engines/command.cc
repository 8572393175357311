#include "tests/engines/command.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <fstream>
#include <sstream>

#include "ownership/fd.h"

namespace engines {
namespace {

using Clock = std::chrono::steady_clock;
using ownership::Fd;

struct Pipe {
  Fd read, write;
  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) == 0) read.reset(ends[0]), write.reset(ends[1]);
  }
};

pid_t spawn(const Argv& argv, int out, int err) {
  std::vector<char*> words;
  for (const auto& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  const pid_t child = ::fork();
  if (child != 0) return child;
  ::dup2(::open("/dev/null", O_RDONLY), 0);
  ::dup2(out, 1);
  ::dup2(err, 2);
  ::execvp(words[0], words.data());
  ::_exit(127);
}

int exit_code_of(int status) { return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status); }

int milliseconds_to(Clock::time_point end) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
  return left < 0 ? 0 : static_cast<int>(left);
}

/// False at the end of the stream.
bool drain(int from, std::string& into) {
  std::array<char, 4096> room{};
  const auto length = ::read(from, room.data(), room.size());
  if (length > 0) into.append(room.data(), static_cast<std::size_t>(length));
  return length > 0;
}

int collect(pid_t child, Clock::time_point end) {
  int status = 0;
  const bool ended = wait_until([&] { return ::waitpid(child, &status, WNOHANG) == child; },
                                std::chrono::milliseconds(milliseconds_to(end)));
  if (ended) return exit_code_of(status);
  ::kill(child, SIGKILL);
  ::waitpid(child, &status, 0);
  return 124;
}

}  // namespace

Outcome run(const Argv& argv, std::chrono::milliseconds limit) {
  const auto end = Clock::now() + limit;
  Pipe out, err;
  const pid_t child = spawn(argv, out.write.get(), err.write.get());
  out.write.reset();
  err.write.reset();
  Outcome outcome;
  std::array<pollfd, 2> ends{{{out.read.get(), POLLIN, 0}, {err.read.get(), POLLIN, 0}}};
  while ((ends[0].fd >= 0 || ends[1].fd >= 0) && ::poll(ends.data(), ends.size(), milliseconds_to(end)) > 0) {
    if (ends[0].revents != 0 && !drain(ends[0].fd, outcome.out)) ends[0].fd = -1;
    if (ends[1].revents != 0 && !drain(ends[1].fd, outcome.err)) ends[1].fd = -1;
  }
  outcome.exit_code = collect(child, end);
  return outcome;
}

Outcome run_into(const std::string& log, const Argv& argv, std::chrono::milliseconds limit) {
  const Fd file(::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
  const pid_t child = spawn(argv, file.get(), file.get());
  return {collect(child, Clock::now() + limit), {}, {}};
}

bool wait_until(const std::function<bool()>& fact, std::chrono::milliseconds limit) {
  const auto end = Clock::now() + limit;
  while (!fact()) {
    if (Clock::now() >= end) return false;
    ::poll(nullptr, 0, 5);
  }
  return true;
}

std::string read_file(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

void write_file(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

}  // namespace engines
