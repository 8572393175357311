#include "tests/support/observer.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

#include "ownership/fd.h"

namespace support {
namespace {

using ownership::Fd;

bool executes(const char* pid, const std::string& program) {
  std::array<char, 32> link;
  std::array<char, 4096> target;
  std::snprintf(link.data(), link.size(), "/proc/%.16s/exe", pid);
  const auto size = readlink(link.data(), target.data(), target.size());
  return size > 0 && std::string_view(target.data(), static_cast<std::size_t>(size)).ends_with("/" + program);
}

bool has_argument(const char* pid, std::string_view argument) {
  std::array<char, 32> name;
  std::array<char, 4096> text;
  std::snprintf(name.data(), name.size(), "/proc/%.16s/cmdline", pid);
  const Fd file(open(name.data(), O_RDONLY | O_CLOEXEC));
  const auto size = read(file.get(), text.data(), text.size());
  std::string_view rest(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  while (!rest.empty()) {
    const auto end = rest.find('\0');
    if (rest.substr(0, end) == argument) return true;
    rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
  }
  return false;
}

struct Wanted {
  const std::string& program;
  const std::string& argument;

  bool is(const std::string& pid) const {
    return executes(pid.c_str(), program) && has_argument(pid.c_str(), argument);
  }
};

std::vector<std::string> look(const Wanted& wanted) {
  std::vector<std::string> found;
  const std::unique_ptr<DIR, int (*)(DIR*)> processes(opendir("/proc"), closedir);
  while (const dirent* const entry = readdir(processes.get()))
    if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' && wanted.is(entry->d_name))
      found.emplace_back(entry->d_name);
  return found;
}

}  // namespace

std::vector<pid_t> alive(const std::string& program, const std::string& argument) {
  const Wanted wanted{program, argument};
  auto found = look(wanted);
  // The first may have ended before the last began: those that still live now lived together.
  if (found.size() > 1) std::erase_if(found, [&](const auto& pid) { return !wanted.is(pid); });
  std::vector<pid_t> pids;
  for (const auto& pid : found) pids.push_back(std::atoi(pid.c_str()));
  return pids;
}

std::vector<pid_t> witnesses_alive(const std::string& argument) { return alive("witness_server", argument); }

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
  setpriority(PRIO_PROCESS, 0, -20);
  // One whole look after the end was asked for: what lives then is always seen.
  for (bool is_last = false; !is_last; ++looks_) {
    is_last = is_over_;
    most_ = std::max<std::size_t>(most_, witnesses_alive(argument_).size());
    poll(nullptr, 0, 1);  // or it would have a core to itself, and what it observes would crawl
  }
}

}  // namespace support
