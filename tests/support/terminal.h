#pragma once

#include <string>

#include "ownership/fd.h"
#include "tests/support/wait.h"

namespace support {

/// A pseudo terminal, seen from the person's side.
class Terminal {
 public:
  Terminal();

  /// For Settings::terminal.
  int inside() const noexcept { return slave_.get(); }
  void type(const std::string& keys) const;
  void resize(unsigned short rows, unsigned short columns) const;
  pid_t foreground_group() const;
  /// All that was written to it so far.
  const std::string& text();
  bool shows(const std::string& wanted, std::chrono::milliseconds limit = 10s);

 private:
  ownership::Fd master_, slave_;
  std::string text_;
};

}  // namespace support
