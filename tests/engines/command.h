#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace engines {

using namespace std::chrono_literals;
using Argv = std::vector<std::string>;

struct Outcome {
  int exit_code = -1;  ///< 128 + signal where a signal ended it; 124 where the limit did
  std::string out, err;
};

/// Runs a program found in PATH with an empty standard input and waits for it and for all who hold its output.
/// What outlives `limit` is killed.
Outcome run(const Argv& argv, std::chrono::milliseconds limit = 60s);

/// The same with stdout and stderr appended to `log`.
Outcome run_into(const std::string& log, const Argv& argv, std::chrono::milliseconds limit = 60s);

/// Looks at `fact` every 5 ms until it holds, or `limit` has passed; says whether it held.
bool wait_until(const std::function<bool()>& fact, std::chrono::milliseconds limit = 20s);

std::string read_file(const std::string& path);
void write_file(const std::string& path, const std::string& text);

}  // namespace engines
