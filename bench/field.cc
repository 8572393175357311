#include "bench/field.h"

#include <algorithm>
#include <iterator>

#include "bench/must.h"

namespace bench {

std::vector<Contestant> Field::inits() const {
  std::vector<Contestant> found;
  std::copy_if(contestants.begin(), contestants.end(), std::back_inserter(found),
               [](const Contestant& each) { return !each.is_bare() && !each.only_starts; });
  return found;
}

std::vector<std::string> Field::command(const Contestant& contestant, const std::string& role, bool listens) const {
  auto words = contestant.words;
  words.insert(words.end(), {child, role});
  if (listens) words.push_back(contestant.socket);
  return words;
}

std::vector<Running> Field::start(const std::vector<Contestant>& starters, const std::string& role) const {
  std::vector<Running> running;
  for (const auto& contestant : starters) {
    running.emplace_back(command(contestant, role, true)).go();
    if (!running.back().hear()) give_up("start " + contestant.name, "its child ended before it reported");
  }
  return running;
}

}  // namespace bench
