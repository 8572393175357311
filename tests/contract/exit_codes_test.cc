#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <regex>
#include <string>

#include "ownership/exit_code.h"

// The enum, the manual and this list say the same: whoever adds a code to one is told about the others.

namespace {

using ownership::ExitCode;
using Codes = std::map<int, std::string>;

/// Written out, and by a switch without default: a new enumerator does not compile until it is here.
constexpr const char* name_of(ExitCode code) {
  switch (code) {
    case ExitCode::success:
      return "success";
    case ExitCode::usage:
      return "usage";
    case ExitCode::bad_input:
      return "bad_input";
    case ExitCode::not_ready:
      return "not_ready";
    case ExitCode::our_bug:
      return "our_bug";
    case ExitCode::system_call:
      return "system_call";
    case ExitCode::held:
      return "held";
    case ExitCode::not_permitted:
      return "not_permitted";
    case ExitCode::bad_manifest:
      return "bad_manifest";
    case ExitCode::not_executable:
      return "not_executable";
    case ExitCode::not_found:
      return "not_found";
  }
  return "";
}

Codes codes_of_the_program() {
  Codes codes;
  for (int number = 0; number < 256; ++number) {
    const std::string name = name_of(static_cast<ExitCode>(number));
    if (!name.empty()) codes[number] = name;
  }
  return codes;
}

/// The rows `| number | name | meaning |`.
Codes codes_of_the_manual(const std::string& page) {
  Codes codes;
  std::ifstream manual(SOURCES "/docs/" + page);
  const std::regex row(R"(\|\s*(\d+)\s*\|\s*`?(\w+)`?\s*\|.*\S.*\|)");
  std::smatch cells;
  for (std::string line; std::getline(manual, line);)
    if (std::regex_match(line, cells, row)) codes[std::stoi(cells[1])] = cells[2];
  return codes;
}

TEST(ExitCodes, AreThoseOfTheManual) { EXPECT_EQ(codes_of_the_program(), codes_of_the_manual("solinit.1.md")); }

TEST(ExitCodes, AreThoseOfTheHooksManualToo) {
  auto codes = codes_of_the_program();
  codes.erase(static_cast<int>(ExitCode::not_ready));  // a hook starts no web process
  EXPECT_EQ(codes, codes_of_the_manual("solinit-hook.8.md"));
}

}  // namespace
