#pragma once

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace bench {

/// A measurement that cannot be made is not made up: ends the program with one line and 71.
[[noreturn]] inline void give_up(const std::string& what, const std::string& why) {
  std::fprintf(stderr, "bench: error: cannot %s: %s\n", what.c_str(), why.c_str());
  std::exit(71);
}

/// `result`, which a failed system call makes negative.
template <typename T>
T must(T result, const std::string& what) {
  if (result < 0) give_up(what, std::strerror(errno));
  return result;
}

}  // namespace bench
