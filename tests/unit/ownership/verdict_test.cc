#include "ownership/verdict.h"

#include <gtest/gtest.h>

#include <array>
#include <tuple>

namespace {

using namespace ownership;

constexpr std::array holders{LeaseHolder::ourselves, LeaseHolder::another};
constexpr std::array entries{Entry::nothing, Entry::socket, Entry::other, Entry::unknown};
constexpr std::array bounds{Bound::nobody, Bound::somebody, Bound::unknown};
constexpr std::array seconds{SecondLook::not_taken, SecondLook::nobody, SecondLook::somebody, SecondLook::another,
                             SecondLook::unknown};

template <typename Check>
void for_each_combination(Check check) {
  for (const auto holder : holders)
    for (const auto entry : entries)
      for (const auto bound : bounds)
        for (const auto second : seconds) check(holder, entry, bound, second);
}

TEST(Verdict, AllowsRemovalForOneCombinationAlone) {
  int allowed = 0;
  for_each_combination([&](auto holder, auto entry, auto bound, auto second) {
    if (judge(holder, entry, bound, second) != Verdict::stale) return;
    ++allowed;
    EXPECT_EQ(std::tuple(holder, entry, bound, second),
              std::tuple(LeaseHolder::ourselves, Entry::socket, Bound::nobody, SecondLook::nobody));
  });
  EXPECT_EQ(allowed, 1);
}

TEST(Verdict, LeavesWhatAnotherHoldsToIt) {
  for_each_combination([](auto holder, auto entry, auto bound, auto second) {
    if (holder == LeaseHolder::another) {
      EXPECT_EQ(judge(holder, entry, bound, second), Verdict::served);
    }
  });
}

TEST(Verdict, DependsOnTheEntryWhereItIsNoSocket) {
  for_each_combination([](auto holder, auto entry, auto bound, auto second) {
    if (holder == LeaseHolder::another || entry == Entry::socket) return;
    const auto expected = entry == Entry::nothing ? Verdict::free
                          : entry == Entry::other ? Verdict::foreign
                                                  : Verdict::unknown;
    EXPECT_EQ(judge(holder, entry, bound, second), expected);
  });
}

TEST(Verdict, CallsALiveSocketAStrangerAndADoubtfulOneUnknown) {
  for (const auto second : seconds) {
    EXPECT_EQ(judge(LeaseHolder::ourselves, Entry::socket, Bound::somebody, second), Verdict::stranger);
    EXPECT_EQ(judge(LeaseHolder::ourselves, Entry::socket, Bound::unknown, second), Verdict::unknown);
  }
}

TEST(Verdict, AsksForASecondLookAndTrustsItMore) {
  const auto after = [](SecondLook second) {
    return judge(LeaseHolder::ourselves, Entry::socket, Bound::nobody, second);
  };
  EXPECT_EQ(after(SecondLook::not_taken), Verdict::looks_stale);
  EXPECT_EQ(after(SecondLook::nobody), Verdict::stale);
  EXPECT_EQ(after(SecondLook::somebody), Verdict::unsettled);
  EXPECT_EQ(after(SecondLook::another), Verdict::unsettled);
  EXPECT_EQ(after(SecondLook::unknown), Verdict::unknown);
}

}  // namespace
