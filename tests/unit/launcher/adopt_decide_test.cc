#include <gtest/gtest.h>

#include <array>
#include <functional>

#include "launcher/adopt_decide.h"

namespace {

using namespace launcher;

constexpr std::array verbs{AdoptVerb::bind,   AdoptVerb::listen, AdoptVerb::connect,
                           AdoptVerb::unlink, AdoptVerb::rename, AdoptVerb::other};
constexpr std::array holders{AdoptHolder::nobody, AdoptHolder::caller, AdoptHolder::another, AdoptHolder::gone};

/// Every combination that there is.
void for_all(const std::function<void(const AdoptFacts&)>& check) {
  for (const auto verb : verbs)
    for (const auto holder : holders)
      for (unsigned bits = 0; bits < 1U << 10; ++bits) {
        const auto bit = [&](unsigned number) { return (bits >> number & 1) != 0; };
        check({verb, bit(0), bit(1), bit(2), bit(3), bit(4), bit(5), holder, bit(6), bit(7), bit(8), bit(9)});
      }
}

/// For each answer, exactly when it is given, in words of its own.
bool is_due(AdoptAnswer answer, const AdoptFacts& facts) {
  const bool is_known = facts.is_readable && !facts.has_fallen_back;
  const bool is_hidden_bind =
      !facts.is_readable && !facts.has_fallen_back && facts.verb == AdoptVerb::bind && facts.awaits_bind;
  const bool binds = is_known && facts.verb == AdoptVerb::bind && facts.is_on_socket;
  const bool binds_target = binds && facts.is_of_target && !facts.is_beside_target;
  const bool renames = is_known && facts.verb == AdoptVerb::rename;
  const bool publishes = renames && facts.is_of_target && facts.moves_candidate;
  switch (answer) {
    case AdoptAnswer::remember: return binds && facts.is_beside_target;
    case AdoptAnswer::give: return binds_target && facts.holder != AdoptHolder::another;
    case AdoptAnswer::in_use: return binds_target && facts.holder == AdoptHolder::another;
    case AdoptAnswer::give_renamed: return publishes;
    case AdoptAnswer::serve: return is_known && facts.verb == AdoptVerb::listen && facts.is_of_target;
    case AdoptAnswer::pretend:
      return (is_known && facts.verb == AdoptVerb::unlink && facts.is_of_target) ||
             (renames && facts.moves_target && !publishes);
    case AdoptAnswer::refuse_connection:
      return is_known && facts.verb == AdoptVerb::connect && facts.is_of_target &&
             (!facts.is_listening || facts.holder == AdoptHolder::gone);
    case AdoptAnswer::fall_back: return is_hidden_bind && !facts.is_beside_predecessor;
    case AdoptAnswer::deny: return is_hidden_bind && facts.is_beside_predecessor;
    case AdoptAnswer::go_on: break;
  }
  return false;
}

constexpr std::array answers{AdoptAnswer::remember,     AdoptAnswer::give,     AdoptAnswer::give_renamed,
                             AdoptAnswer::serve,        AdoptAnswer::pretend,  AdoptAnswer::refuse_connection,
                             AdoptAnswer::in_use,       AdoptAnswer::fall_back, AdoptAnswer::deny};

TEST(AdoptDecision, IsTheTableForEveryCombinationOfFacts) {
  long checked = 0;
  for_all([&](const AdoptFacts& facts) {
    auto expected = AdoptAnswer::go_on;
    int due = 0;
    for (const auto answer : answers)
      if (is_due(answer, facts)) expected = answer, ++due;
    ASSERT_LE(due, 1) << "the table contradicts itself";
    ASSERT_EQ(decide(facts), expected) << "verb " << static_cast<int>(facts.verb);
    ++checked;
  });
  EXPECT_EQ(checked, 6L * 4 * 1024);
}

TEST(AdoptDecision, NeverLetsTheTreeRemoveOrReplaceWhatIsPublished) {
  for_all([](const AdoptFacts& facts) {
    if (!facts.is_readable || facts.has_fallen_back) return;
    const auto answer = decide(facts);
    const bool unlinks = facts.verb == AdoptVerb::unlink && facts.is_of_target;
    const bool moves_away = facts.verb == AdoptVerb::rename && facts.moves_target;
    EXPECT_TRUE(!unlinks || answer == AdoptAnswer::pretend);
    EXPECT_TRUE(!moves_away || answer != AdoptAnswer::go_on);
  });
}

TEST(AdoptDecision, LeavesAloneWhatIsNoneOfOurs) {
  for_all([](const AdoptFacts& facts) {
    if (!facts.is_readable || facts.is_of_target || facts.moves_target || facts.is_beside_target) return;
    EXPECT_EQ(decide(facts), AdoptAnswer::go_on);
  });
}

}  // namespace
