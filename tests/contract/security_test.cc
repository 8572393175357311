#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

// docs/security.md says of each rule which file and which test hold it: they are there, and no rule goes without.

namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

/// As `Suite.Name`.
std::set<std::string> tests_of_the_tree() {
  static const std::regex definition(R"(\nTEST(?:_F|_P)?\(([A-Za-z0-9]+),\s*([A-Za-z0-9]+)\))");
  std::set<std::string> tests;
  for (const auto& entry : fs::recursive_directory_iterator(SOURCES "/tests")) {
    if (entry.path().extension() != ".cc") continue;
    const auto text = text_of(entry.path());
    for (std::sregex_iterator found(text.begin(), text.end(), definition), end; found != end; ++found)
      tests.insert((*found)[1].str() + "." + (*found)[2].str());
  }
  return tests;
}

/// `Suite.Name`, or `Suite.Beginning*`.
bool is_there(const std::set<std::string>& tests, const std::string& name) {
  if (!name.ends_with('*')) return tests.contains(name);
  const auto beginning = name.substr(0, name.size() - 1);
  const auto first = tests.lower_bound(beginning);
  return first != tests.end() && first->starts_with(beginning);
}

std::vector<std::string> all_of(const std::string& text, const std::regex& form) {
  std::vector<std::string> found;
  for (std::sregex_iterator match(text.begin(), text.end(), form), end; match != end; ++match)
    found.push_back((*match)[1]);
  return found;
}

const std::regex test_name(R"(`([A-Z][A-Za-z0-9]+\.[A-Z*][A-Za-z0-9]*\*?)`)");
const std::regex file_name(R"(`((?:launcher|hook|ownership|manifests|filters)/[a-z_./]*)`)");

/// The last cell of each row of the tables whose head ends with "held by".
std::vector<std::string> holders_of_rules(const std::string& page) {
  std::vector<std::string> cells;
  std::istringstream lines(page);
  bool is_in_table = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line.front() != '|') {
      is_in_table = false;
    } else if (line.ends_with("| held by |")) {
      is_in_table = true;
    } else if (is_in_table && !line.starts_with("|---")) {
      cells.push_back(line.substr(line.rfind('|', line.size() - 2)));
    }
  }
  return cells;
}

TEST(SecurityPage, NamesTestsAndFilesThatAreThere) {
  const auto page = text_of(SOURCES "/docs/security.md");
  const auto tests = tests_of_the_tree();
  EXPECT_FALSE(is_there(tests, "Attack.ByNobody"));
  const auto names = all_of(page, test_name);
  EXPECT_GE(names.size(), 40U);
  for (const auto& name : names) EXPECT_TRUE(is_there(tests, name)) << name;
  for (const auto& name : all_of(page, file_name)) EXPECT_TRUE(fs::exists(fs::path(SOURCES) / name)) << name;
}

TEST(SecurityPage, NamesATestForEveryRuleOrSaysWhyThereIsNone) {
  const auto cells = holders_of_rules(text_of(SOURCES "/docs/security.md"));
  EXPECT_GE(cells.size(), 25U);
  for (const auto& cell : cells)
    EXPECT_TRUE(std::regex_search(cell, test_name) || cell.contains("no test: ")) << cell;
}

}  // namespace
