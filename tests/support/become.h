#pragma once

#include <string_view>
#include <vector>

#include "tests/support/child.h"

namespace support {

/// What a forked child needs, made before fork(2): after it a child of a test with threads may not allocate.
class Preparation {
 public:
  Preparation(const Settings& settings, int out, int log, int status);

  /// In the child, and all it does: makes it what the settings say and executes the command.
  [[noreturn]] void become() const noexcept;

 private:
  bool is_replaced(std::string_view variable) const;
  void enter_namespaces() const noexcept;
  void enter_session() const noexcept;
  void split() const noexcept;
  void take_descriptors() const noexcept;
  void take_user_and_limits() const noexcept;
  void take_signals() const noexcept;

  const Settings& settings_;
  int out_, log_, status_;
  std::vector<char*> arguments_, environment_;
  std::vector<std::string> storage_;
};

}  // namespace support
