#include "tests/contract/recipe.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <regex>
#include <sstream>

#include "tests/support/programs.h"
#include "tests/support/temp_dir.h"

namespace recipe {
namespace {

namespace fs = std::filesystem;

Files& phase_of(Section& section, const std::string& line) {
  if (line.starts_with("Before, ")) return section.before;
  if (line.starts_with("After, ")) return section.after;
  return section.common;
}

std::vector<std::string> list_of(const std::string& text) {
  static const std::regex word(R"re("([^"]*)")re");
  std::vector<std::string> words;
  for (std::sregex_iterator at(text.begin(), text.end(), word), end; at != end; ++at) words.push_back((*at)[1]);
  return words;
}

void copy(const Files& files, const std::string& line, const std::string& root) {
  static const std::regex form(R"(COPY (?:--(from=solinit|chmod=755) )?(\S+) (/\S+))");
  std::smatch parts;
  if (!std::regex_match(line, parts, form)) {
    ADD_FAILURE() << "unknown form: " << line;
    return;
  }
  const std::string option = parts[1], source = parts[2], target = root + parts[3].str();
  fs::create_directories(fs::path(target).parent_path());
  if (option == "from=solinit") {
    EXPECT_EQ(source, "/solinit");
    fs::copy_file(support::solinit(), target);
    return;
  }
  ASSERT_TRUE(files.contains(source)) << line;
  support::write_file(target, files.at(source));
  fs::permissions(target, fs::perms(option.empty() ? 0644 : 0755));
}

}  // namespace

Section section_of(const std::string& document, const std::string& heading) {
  static const std::regex named(R"(.*`([^`]+)`[^`]*:)");
  Section section;
  std::istringstream lines(document);
  bool is_here = false, is_inside = false;
  std::string* file = nullptr;
  std::smatch name;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("```")) {
      is_inside = !is_inside;
      if (!is_inside) file = nullptr;
    } else if (is_inside) {
      if (file != nullptr) *file += line + "\n";
    } else if (line.starts_with("## ")) {
      is_here = line == "## " + heading;
    } else if (is_here && std::regex_match(line, name, named)) {
      file = &phase_of(section, line)[name[1]];
    }
  }
  return section;
}

std::vector<std::string> row_of(const std::string& document, const std::string& first) {
  std::istringstream lines(document);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| " + first + " |")) continue;
    static const std::regex cell(R"(\| ([^|]*) (?=\|))");
    std::vector<std::string> cells;
    for (std::sregex_iterator at(line.begin(), line.end(), cell), end; at != end; ++at) cells.push_back((*at)[1]);
    return cells;
  }
  return {};
}

void Image::add(const Files& files, const std::string& dockerfile) {
  std::istringstream lines(dockerfile);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("ENTRYPOINT ["))
      entry_point = list_of(line);
    else if (line.starts_with("CMD ["))
      command = list_of(line);
    else
      copy(files, line, root);
  }
}

}  // namespace recipe
