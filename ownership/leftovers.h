#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace ownership {

/// What the quarantines hold of earlier runs. Each directory is listed once, at the first question about it: thousands
/// of places have one quarantine, and a listing for each of them would cost the square of their number.
class Leftovers {
 public:
  /// The entries of `quarantine` that `clear` has made of `name`. Those that came after the listing are left to the next
  /// run; those that went meanwhile are still named.
  std::vector<std::string> of(int quarantine, const std::string& name);

 private:
  using Directory = std::pair<dev_t, ino_t>;
  using Entries = std::multimap<std::string, std::string>;
  const Entries& entries_of(int quarantine);

  std::map<Directory, Entries> listed_;
};

}  // namespace ownership
