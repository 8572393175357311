#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "launcher/adopt_probe.h"
#include "tests/support/child.h"
#include "tests/support/programs.h"
#include "tests/support/requirement.h"
#include "tests/support/sockets.h"
#include "tests/support/temp_dir.h"

namespace support {

/// `adopt_once options -- command`: a launcher with nothing but adoption.
inline Settings under_adoption(std::vector<std::string> options, const std::vector<std::string>& command) {
  Settings settings;
  settings.command = std::move(options);
  settings.command.insert(settings.command.begin(), program("adopt_once"));
  settings.command.emplace_back("--");
  settings.command.insert(settings.command.end(), command.begin(), command.end());
  return settings;
}

/// The adoptee's command: `options`, then its name and path.
inline std::vector<std::string> adoptee(const std::string& path, std::vector<std::string> options = {},
                                        const std::string& linked = "static") {
  options.insert(options.begin(), program("adoptee_" + linked));
  options.insert(options.end(), {"web", path});
  return options;
}

class Adoption : public testing::Test {
 protected:
  void SetUp() override {
    static const std::string lack = launcher::lack_of_adoption();
    if (!lack.empty()) skip(lack);
  }

  TempDir directory_;
  const std::string path_ = directory_ / "web.sock";
};

}  // namespace support
