#include "status/sight.h"

#include <gtest/gtest.h>

#include <string>

namespace status {
namespace {

State state(Lease lease, There there) {
  Sight sight;
  sight.lease = lease;
  sight.there = there;
  return state_of(sight);
}

State told(const std::string& phase) {
  Sight sight;
  sight.told = Told{};
  sight.told->phase = phase;
  return state_of(sight);
}

TEST(State, OfALeaseThatNobodyHoldsIsWhatStandsThere) {
  for (const auto lease : {Lease::none, Lease::free}) {
    EXPECT_EQ(state(lease, There::nothing), State::nothing);
    EXPECT_EQ(state(lease, There::dead), State::stale);
    EXPECT_EQ(state(lease, There::alive), State::stranger);
    EXPECT_EQ(state(lease, There::foreign), State::foreign);
    EXPECT_EQ(state(lease, There::unknown), State::unknown);
  }
}

TEST(State, OfAHeldLeaseWithoutAnAnswerIsUnanswered) {
  for (const auto there : {There::nothing, There::dead, There::alive, There::foreign, There::unknown})
    EXPECT_EQ(state(Lease::held, there), State::unanswered);
}

TEST(State, IsUnknownWhereTheLeaseIs) {
  for (const auto there : {There::nothing, There::dead, There::alive}) EXPECT_EQ(state(Lease::unknown, there), State::unknown);
}

TEST(State, IsThePhaseOfTheLauncherThatAnswers) {
  EXPECT_EQ(told("starting"), State::starting);
  EXPECT_EQ(told("serving"), State::serving);
  EXPECT_EQ(told("draining"), State::handing_over);
  EXPECT_EQ(told("handing-over"), State::handing_over);
  for (const auto* const phase : {"stopping", "sweeping", "purging", "gone"}) EXPECT_EQ(told(phase), State::stopping);
  EXPECT_EQ(told("backing-off"), State::restarting);
  EXPECT_EQ(told("of a later version"), State::unknown);
}

TEST(State, IsStandingByWhereAnotherAnswers) {
  Sight sight;
  sight.told = Told{};
  sight.told->phase = "serving";
  sight.stands_by = "b";
  EXPECT_EQ(state_of(sight), State::standing_by);
}

TEST(State, OfAServerWithoutALauncherIsServingInItsOwnContainer) {
  Sight sight;
  sight.lease = Lease::free;
  sight.there = There::alive;
  sight.is_served_by_its_container = true;
  EXPECT_EQ(state_of(sight), State::serving);
}

TEST(Owner, IsWhatTheLauncherSaysBeforeTheManifestBeforeTheOwnerFile) {
  Sight sight;
  EXPECT_EQ(owner_of(sight), "");
  sight.record = ownership::OwnerRecord{};
  sight.record->owner = "of-the-file";
  EXPECT_EQ(owner_of(sight), "of-the-file");
  sight.owner = "of-the-manifest";
  EXPECT_EQ(owner_of(sight), "of-the-manifest");
  sight.told = Told{};
  EXPECT_EQ(owner_of(sight), "of-the-manifest");
  sight.told->owner = "of-the-launcher";
  EXPECT_EQ(owner_of(sight), "of-the-launcher");
}

TEST(State, HasANameOfItsOwn) {
  EXPECT_STREQ(name_of(State::handing_over), "handing over");
  EXPECT_STREQ(name_of(State::standing_by), "standing by");
  EXPECT_STREQ(name_of(State::unanswered), "unanswered");
}

}  // namespace
}  // namespace status
