#include "tests/chaos/observer.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "tests/chaos/container.h"
#include "tests/support/observer.h"
#include "tests/support/temp_dir.h"

namespace chaos {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto zombie_limit = 10s;

/// /proc/PID/fdinfo shows the locks of an open file, whoever took them.
bool holds_lease(pid_t process, const std::string& name) {
  const auto place = "/proc/" + std::to_string(process);
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(place + "/fd", error)) {
    const auto target = fs::read_symlink(entry.path(), error).string();
    if (!target.ends_with("/" + name)) continue;
    if (support::read_file(place + "/fdinfo/" + entry.path().filename().string()).find("FLOCK") != std::string::npos)
      return true;
  }
  return false;
}

}  // namespace

Observer::Observer(const std::vector<Owner>& owners, Report& report)
    : owners_(owners), report_(report), thread_([this] { watch(); }) {}

Observer::~Observer() {
  is_over_ = true;
  thread_.join();
}

void Observer::watch() {
  for (long look = 0; !is_over_; ++look) {
    const auto began = Clock::now();
    for (const auto& owner : owners_) {
      const auto processes = support::witnesses_alive(owner.name);
      count(owner, processes);
      if (look % 8 == 0) look_for_leases(owner, processes);
      if (look % 64 == 0) owner.volume->look();
    }
    if (look % 64 == 0) look_for_zombies();
    report_.looked();
    std::this_thread::sleep_for(std::max<Clock::duration>(1ms, 2 * (Clock::now() - began)));
  }
}

void Observer::count(const Owner& owner, const std::vector<pid_t>& processes) {
  const std::size_t limit = owner.overlaps ? 2 : 1;
  if (processes.size() <= limit) return;
  if (const auto found = groups_of(processes); found > limit)
    report_.breach("P1", owner.name, std::to_string(found) + " web processes live at once");
}

void Observer::look_for_leases(const Owner& owner, const std::vector<pid_t>& processes) {
  for (const auto process : processes) {
    if (holds_lease(process, owner.name + ".sock.lease")) continue;
    const auto still = support::witnesses_alive(owner.name);
    if (std::find(still.begin(), still.end(), process) != still.end())
      report_.breach("P3", owner.name, "process " + std::to_string(process) + " lives and holds no lease");
  }
}

void Observer::look_for_zombies() {
  std::map<std::string, Moment> still;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/proc", error)) {
    const auto process = std::atoi(entry.path().filename().c_str());
    // Our own children are reaped by us.
    if (process <= 0 || stat_field(process, 3) != "Z" || stat_field(process, 4) == "1") continue;
    const auto who = std::to_string(process) + " since " + stat_field(process, 22);
    const auto before = zombies_.find(who);
    still[who] = before == zombies_.end() ? Clock::now() : before->second;
    if (Clock::now() - still[who] > zombie_limit)
      report_.breach("P6", "everybody", "a zombie is not reaped: process " + who);
  }
  zombies_ = std::move(still);
}

}  // namespace chaos
