#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace status {

/// The command line of a process, its words joined by blanks, at most 256 bytes; empty where it cannot be read.
std::string command_of(pid_t pid);

/// The child of `parent` that calls itself `own_number` in its own pid namespace; 0: there is none.
pid_t child_numbered(pid_t parent, pid_t own_number);

/// A process that has ended and was not waited for, below a parent that lives.
struct Zombie {
  pid_t pid = 0, parent = 0;
  std::string name, parent_name;
};

/// Those of our pid namespace, but for what a launcher is about to reap.
std::vector<Zombie> zombies();

}  // namespace status
