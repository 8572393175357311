#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace support {

/// The live processes that execute `program` with `argument` among their arguments, in any namespace below ours; all
/// of them were alive at one instant. Zombies have no executable any more, and a forked child has another until it
/// executes: neither counts.
std::vector<pid_t> alive(const std::string& program, const std::string& argument);
/// The same of witness_server.
std::vector<pid_t> witnesses_alive(const std::string& argument);

/// Looks at /proc a thousand times a second, by the clock, until `stop`; fewer times where a look takes longer than two
/// thirds of that, for the rest is left to what it observes.
class Observer {
 public:
  explicit Observer(std::string argument);
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;
  ~Observer();

  void stop();
  long looks() const noexcept { return looks_; }
  /// The largest number alive at one instant.
  std::size_t most_at_once() const noexcept { return most_; }
  double looks_per_second() const noexcept;

 private:
  void watch();

  std::string argument_;
  std::atomic<bool> is_over_ = false;
  std::atomic<std::size_t> most_ = 0;
  std::atomic<long> looks_ = 0;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now(), end_{};
  std::thread thread_;
};

}  // namespace support
