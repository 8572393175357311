#include "tests/chaos/report.h"

#include <algorithm>
#include <cstdio>

namespace chaos {
namespace {

constexpr std::size_t journal_length = 40;

std::string with_one_digit(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

}  // namespace

double Report::seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

void Report::write(const std::string& owner, const std::string& text) {
  char head[48];
  std::snprintf(head, sizeof head, "%10.3f %-6s ", seconds(), owner.c_str());
  journal_.push_back(head + text);
  if (journal_.size() > journal_length) journal_.pop_front();
}

void Report::fault(const std::string& owner, const std::string& kind, const std::string& text) {
  const std::lock_guard lock(guard_);
  ++faults_[kind];
  write(owner, text);
}

void Report::note(const std::string& owner, const std::string& text) {
  const std::lock_guard lock(guard_);
  write(owner, text);
}

void Report::breach(const std::string& promise, const std::string& owner, const std::string& text) {
  const std::lock_guard lock(guard_);
  if (breaches_++ > 0) return;
  write(owner, "BREACH of " + promise + ": " + text);
  for (const auto& line : journal_) std::printf("%s\n", line.c_str());
  const auto line = "chaos: breach: " + promise + " of " + owner + ": " + text + " seed=" + std::to_string(seed_);
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

void Report::waited(std::chrono::milliseconds length) {
  const std::lock_guard lock(guard_);
  longest_ = std::max(longest_, length);
}

std::string Report::summary() const {
  const std::lock_guard lock(guard_);
  const double took = seconds();
  long total = 0;
  std::string kinds;
  for (const auto& [kind, count] : faults_) {
    total += count;
    kinds += (kinds.empty() ? "" : ", ") + kind + " " + std::to_string(count);
  }
  return "seed " + std::to_string(seed_) + ", " + with_one_digit(took) + " s\nrequests: " + std::to_string(served_) +
         " served, " + std::to_string(excused_) + " failed while a fault broke connections; the longest took " +
         std::to_string(longest_.count()) + " ms\nlooks at /proc: " +
         with_one_digit(static_cast<double>(looks_) / took) + " a second\nfaults: " + std::to_string(total) + " (" +
         kinds + ")\nbreaches: " + std::to_string(breaches_) + "\n";
}

}  // namespace chaos
