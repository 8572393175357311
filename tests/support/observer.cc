#include "tests/support/observer.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>
#include <string_view>

#include "ownership/fd.h"

namespace support {
namespace {

using ownership::Fd;
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// /proc as this process sees it; looked at a thousand times a second, so that it is opened once and asked without
/// detours.
class Processes {
 public:
  Processes() : root_(open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {}

  std::vector<std::string> all() {
    std::vector<std::string> pids;
    lseek(root_.get(), 0, SEEK_SET);
    while (true) {
      const auto size = getdents64(root_.get(), entries_.data(), entries_.size());
      if (size <= 0) return pids;
      for (ssize_t at = 0; at < size;) {
        const void* const place = entries_.data() + at;  // the kernel aligns them
        const auto* const entry = static_cast<const dirent64*>(place);
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9') pids.emplace_back(entry->d_name);
        at += entry->d_reclen;
      }
    }
  }

  /// By its name, of which the kernel keeps 15 bytes: the executable of an emulated program is its emulator.
  bool executes(const std::string& pid, const std::string& program) {
    const Fd file(openat(root_.get(), (pid + "/comm").c_str(), O_RDONLY | O_CLOEXEC));
    const auto size = read(file.get(), text_.data(), text_.size());
    return size > 0 && std::string_view(text_.data(), static_cast<std::size_t>(size) - 1) == program.substr(0, 15);
  }

  bool has_argument(const std::string& pid, std::string_view argument) {
    const Fd file(openat(root_.get(), (pid + "/cmdline").c_str(), O_RDONLY | O_CLOEXEC));
    const auto size = read(file.get(), text_.data(), text_.size());
    std::string_view rest(text_.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    while (!rest.empty()) {
      const auto end = rest.find('\0');
      if (rest.substr(0, end) == argument) return true;
      rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
    }
    return false;
  }

 private:
  Fd root_;
  alignas(dirent64) std::array<char, 32768> entries_;
  std::array<char, 4096> text_;
};

struct Wanted {
  const std::string& program;
  const std::string& argument;

  std::vector<pid_t> look(Processes& processes) const {
    const auto is_one = [&](const std::string& pid) {
      return processes.executes(pid, program) && processes.has_argument(pid, argument);
    };
    auto found = processes.all();
    std::erase_if(found, [&](const auto& pid) { return !is_one(pid); });
    // The first may have ended before the last began: those that still live now lived together.
    if (found.size() > 1) std::erase_if(found, [&](const auto& pid) { return !is_one(pid); });
    std::vector<pid_t> pids;
    for (const auto& pid : found) pids.push_back(std::atoi(pid.c_str()));
    return pids;
  }
};

constexpr std::string_view witness = "witness_server";

/// steady_clock is CLOCK_MONOTONIC; a signal may end it early.
void sleep_until(Clock::time_point moment) {
  const auto since = std::chrono::duration_cast<std::chrono::nanoseconds>(moment.time_since_epoch()).count();
  const timespec when{since / 1'000'000'000, since % 1'000'000'000};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, nullptr);
}

}  // namespace

std::vector<pid_t> alive(const std::string& program, const std::string& argument) {
  Processes processes;
  return Wanted{program, argument}.look(processes);
}

std::vector<pid_t> witnesses_alive(const std::string& argument) { return alive(std::string(witness), argument); }

Observer::Observer(std::string argument) : argument_(std::move(argument)), thread_([this] { watch(); }) {}

Observer::~Observer() { stop(); }

void Observer::stop() {
  if (!thread_.joinable()) return;
  is_over_ = true;
  thread_.join();
  end_ = std::chrono::steady_clock::now();
}

double Observer::looks_per_second() const noexcept {
  return static_cast<double>(looks_) / std::chrono::duration<double>(end_ - start_).count();
}

void Observer::watch() {
  // On a busy machine it shall look often all the same; where it may not, it looks as often as it can.
  const sched_param least{1};
  if (sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &least) != 0) setpriority(PRIO_PROCESS, 0, -20);
  prctl(PR_SET_TIMERSLACK, 1);  // nanosecond, in place of fifty thousand
  constexpr auto period = 1ms;
  Processes processes;
  const std::string program(witness);
  auto due = Clock::now();
  // One whole look after the end was asked for: what lives then is always seen.
  for (bool is_last = false; !is_last; ++looks_) {
    is_last = is_over_;
    const auto began = Clock::now();
    most_ = std::max<std::size_t>(most_, Wanted{program, argument_}.look(processes).size());
    const auto ended = Clock::now();
    // Looks that were late do not crowd afterwards, and one that takes long leaves a third of the time to what it
    // observes, which would crawl otherwise.
    due = std::max(due + period, ended + (ended - began) / 2);
    sleep_until(due);
  }
}

}  // namespace support
