#include "ownership/leftovers.h"

#include <sys/stat.h>

#include <string_view>

#include "ownership/names.h"
#include "ownership/quarantine.h"

namespace ownership {
namespace {

/// Who can write the volume can make names without end; what is left over then is left to the next run.
constexpr std::size_t most_entries = 65'536;

}  // namespace

const Leftovers::Entries& Leftovers::entries_of(int quarantine) {
  struct stat status {};
  fstat(quarantine, &status);
  const auto [at, is_new] = listed_.try_emplace({status.st_dev, status.st_ino});
  if (is_new)
    for_each_name(quarantine, [&entries = at->second](std::string_view entry) {
      const auto name = name_in_quarantine(entry);
      if (!name.empty()) entries.emplace(name, entry);
      return entries.size() < most_entries;
    });
  return at->second;
}

std::vector<std::string> Leftovers::of(int quarantine, const std::string& name) {
  const auto [from, to] = entries_of(quarantine).equal_range(name);
  std::vector<std::string> names;
  for (auto one = from; one != to; ++one) names.push_back(one->second);
  return names;
}

}  // namespace ownership
