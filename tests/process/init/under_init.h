#pragma once

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "tests/support/child.h"
#include "tests/support/programs.h"
#include "tests/support/requirement.h"

namespace support {

/// `solinit -- command`, without a manifest.
inline Settings under_init(const std::vector<std::string>& command, As as = As::process) {
  Settings settings;
  settings.command = {solinit(), "--"};
  settings.command.insert(settings.command.end(), command.begin(), command.end());
  settings.as = as;
  return settings;
}

inline std::string name_of(As as) {
  switch (as) {
    case As::process:
      return "Beside";
    case As::pid_one:
      return "AsPidOne";
    case As::below_pid_one:
      return "BelowPidOne";
    case As::background_job:
      break;
  }
  return "InBackground";
}

inline std::ostream& operator<<(std::ostream& out, As as) { return out << name_of(as); }

/// A test that holds wherever the launcher stands.
class Everywhere : public testing::TestWithParam<As> {
 protected:
  void SetUp() override {
    if (GetParam() == As::process) return;
    if (const auto lack = lack_of_namespaces(); !lack.empty()) skip(lack);
  }
};

inline std::string name_of_place(const testing::TestParamInfo<As>& info) { return name_of(info.param); }

}  // namespace support
