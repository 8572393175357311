#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>

#include "tests/chaos/ledger.h"

namespace chaos {

/// What happened: faults, requests, and the first breach, which ends the run.
class Report {
 public:
  explicit Report(std::uint64_t seed) : seed_(seed) {}

  /// A line of the journal; counted where it has a kind.
  void fault(const std::string& owner, const std::string& kind, const std::string& text);
  void note(const std::string& owner, const std::string& text);
  /// Of a promise, "P1" to "P8". The first is told at once, with the seed and what was done last.
  void breach(const std::string& promise, const std::string& owner, const std::string& text);
  bool is_breached() const noexcept { return breaches_ > 0; }

  void served() noexcept { ++served_; }
  void excused() noexcept { ++excused_; }
  void looked() noexcept { ++looks_; }
  void waited(std::chrono::milliseconds length);

  double seconds() const;
  /// The figures, a line each.
  std::string summary() const;

 private:
  void write(const std::string& owner, const std::string& text);

  std::uint64_t seed_;
  Moment start_ = Clock::now();
  std::atomic<long> served_ = 0, excused_ = 0, looks_ = 0, breaches_ = 0;
  mutable std::mutex guard_;
  std::chrono::milliseconds longest_{};
  std::map<std::string, long> faults_;
  std::deque<std::string> journal_;
};

}  // namespace chaos
