#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

/// Runs programs under conditions, and reads what they say.
namespace spawn_tests {

struct Run {
  int code = -1;  ///< as a shell would give it
  std::string out, err;
};

using Conditions = std::function<void()>;

/// Runs argv[0] to its end, at most 30 s; `conditions` are made in its process, just before it is executed.
Run run(const std::vector<std::string>& argv, const Conditions& conditions = [] {});

/// The program of the build directory that stands beside this test.
std::string beside(const std::string& name);
/// launch_once with these options and command.
std::vector<std::string> launched(std::vector<std::string> arguments);

/// A directory of its own, removed at the end; everyone may enter it.
class Directory {
 public:
  Directory();
  ~Directory();
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  std::string path() const { return path_.string(); }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  std::string write(const std::string& name, const std::string& text, int mode = 0644) const;

 private:
  std::filesystem::path path_;
};

/// For a child that must not be root. Where we are not root anyway, nothing changes.
void become_nobody();

}  // namespace spawn_tests
