#pragma once

#include <sys/types.h>

#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "tests/chaos/report.h"
#include "tests/chaos/volume.h"

namespace chaos {

struct Owner {
  std::string name;
  Volume* volume;
  bool overlaps = false;

  std::string socket() const { return volume->path() + "/" + name + ".sock"; }
  std::string record(const std::string& extension) const {
    return volume->path() + "/.solinit/" + name + ".sock." + extension;
  }
};

/// Looks all the time, as often as it may take a third of one processor:
///
///   P1  at most one web process of an owner lives; with overlap two
///   P2  what is nobody's stands where it stood
///   P3  each process of a web process's tree holds the locked lease
///   P6  no zombie waits for its launcher longer than ten seconds
class Observer {
 public:
  Observer(const std::vector<Owner>& owners, Report& report);
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;
  ~Observer();

 private:
  void watch();
  void count(const Owner& owner, const std::vector<pid_t>& processes);
  void look_for_leases(const Owner& owner, const std::vector<pid_t>& processes);
  void look_for_zombies();

  const std::vector<Owner>& owners_;
  Report& report_;
  std::map<std::string, Moment> zombies_;
  std::atomic<bool> is_over_ = false;
  std::thread thread_;
};

}  // namespace chaos
