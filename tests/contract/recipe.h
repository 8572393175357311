#pragma once

#include <map>
#include <string>
#include <vector>

/// The files of docs/migrating.md, and what its Dockerfiles make of them.
namespace recipe {

using Files = std::map<std::string, std::string>;  ///< a name to its content

struct Section {
  Files before, after, common;  ///< by the word that stands before the name of a file; none: common
};

/// A section's files: a line that ends with a name in backticks and a colon, then a fenced block.
Section section_of(const std::string& document, const std::string& heading);
/// The cells of the row of the first table that begins with `first`.
std::vector<std::string> row_of(const std::string& document, const std::string& first);

/// A file system under construction: what the Dockerfile `files["Dockerfile"]` copies is put below `root`. The lines
/// that we know are COPY of one file, ENTRYPOINT and CMD in the form of a list; another fails the test.
struct Image {
  std::string root;
  std::vector<std::string> entry_point, command;

  void add(const Files& files, const std::string& dockerfile);
};

}  // namespace recipe
