#pragma once

#include <string>

namespace support {

/// A directory of its own for one test, that every user may enter; gone with all it holds when this object is.
class TempDir {
 public:
  TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir();

  const std::string& path() const noexcept { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

void write_file(const std::string& path, const std::string& text);
/// Empty where it cannot be read.
std::string read_file(const std::string& path);

}  // namespace support
