#include "launcher/progress.h"

#include <unistd.h>

#include "ownership/log.h"

namespace launcher {
namespace {

constexpr std::chrono::seconds interval{2};

}  // namespace

Progress::Progress() noexcept : is_at_terminal_(isatty(STDERR_FILENO) == 1) {}

void Progress::begin(std::string_view awaited, std::chrono::milliseconds longest) noexcept {
  awaited_ = awaited;
  longest_ = longest;
  began_ = ownership::Clock::now();
  next_ = is_at_terminal_ ? std::optional(began_ + interval) : std::nullopt;
}

void Progress::tell() noexcept {
  const auto now = ownership::Clock::now();
  if (!next_ || now < *next_) return;
  next_ = now + interval;
  using std::chrono::duration_cast, std::chrono::seconds;
  ownership::log::notice("waiting for", awaited_, "",
                         {{"seconds", duration_cast<seconds>(now - began_).count()},
                          {"of", duration_cast<seconds>(longest_).count()}});
}

}  // namespace launcher
