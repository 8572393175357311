#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "ownership/patience.h"

namespace launcher {

/// Tells somebody at a terminal why nothing happens: a line after two seconds of a wait, and then every two seconds. Where
/// stderr was none when this was made, nothing is ever told. Allocates nothing.
class Progress {
 public:
  Progress() noexcept;

  /// A wait begins: for what ("the predecessor to hand over"), and how long it may take. The text must outlive it.
  void begin(std::string_view awaited, std::chrono::milliseconds longest) noexcept;
  void end() noexcept { next_.reset(); }

  std::optional<ownership::Deadline> next() const noexcept { return next_; }
  /// Tells, when it is time.
  void tell() noexcept;

 private:
  bool is_at_terminal_;
  std::string_view awaited_;
  std::chrono::milliseconds longest_{0};
  ownership::Deadline began_;
  std::optional<ownership::Deadline> next_;
};

}  // namespace launcher
