// What the adversary and the ledger decide, and that each breach is seen.
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "tests/chaos/fault.h"
#include "tests/chaos/ledger.h"
#include "tests/support/child.h"
#include "tests/support/programs.h"
#include "tests/support/requirement.h"

namespace chaos {
namespace {

using namespace std::chrono_literals;

std::string faults_of(std::uint64_t seed) {
  Chance chance(seed);
  std::string text;
  for (int i = 0; i < 100; ++i) text += describe(draw(chance)) + "\n";
  return text;
}

TEST(Fault, FollowsFromTheSeedAlone) {
  EXPECT_EQ(faults_of(7), faults_of(7));
  EXPECT_NE(faults_of(7), faults_of(8));
}

TEST(Fault, IsOfEveryKind) {
  Chance chance(1);
  std::set<Kind> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(draw(chance).kind);
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(kind_count));
}

struct LedgerOfOneFault : testing::Test {
  LedgerOfOneFault() { ledger.open(at(10)); }
  static Moment at(int seconds) { return Moment{} + std::chrono::seconds(seconds); }
  Ledger ledger;
};

TEST_F(LedgerOfOneFault, ExcusesWhatHasAMomentInCommon) {
  ledger.close(at(20));
  EXPECT_TRUE(ledger.excuses(at(5), at(11)));
  EXPECT_TRUE(ledger.excuses(at(12), at(13)));
  EXPECT_TRUE(ledger.excuses(at(19), at(30)));
  EXPECT_TRUE(ledger.excuses(at(5), at(30)));
}

TEST_F(LedgerOfOneFault, ExcusesNothingBeforeAndAfter) {
  ledger.close(at(20));
  EXPECT_FALSE(ledger.excuses(at(5), at(9)));
  EXPECT_FALSE(ledger.excuses(at(21), at(22)));
}

TEST_F(LedgerOfOneFault, ExcusesEverythingUntilItIsClosed) { EXPECT_TRUE(ledger.excuses(at(1000), at(2000))); }

TEST_F(LedgerOfOneFault, KeepsOneWindowForTwoFaultsAtOnce) {
  ledger.open(at(15));
  ledger.close(at(20));
  EXPECT_TRUE(ledger.excuses(at(11), at(12)));
  EXPECT_FALSE(ledger.excuses(at(21), at(22)));
}

/// The program breaks this promise itself, and must say so.
class Betrayal : public testing::TestWithParam<std::string> {};

TEST_P(Betrayal, IsSeen) {
  if (const auto lack = support::lack_of_root(); !lack.empty()) return support::skip(lack);
  if (const auto lack = support::lack_of_namespaces(); !lack.empty()) return support::skip(lack);
  if (std::system("runc --version >/dev/null 2>&1") != 0) return support::skip("there is no runc here");
  support::Settings settings;
  settings.command = {support::program("chaos_run"), "--seed", "1", "--betray", GetParam()};
  support::Child run(settings);
  EXPECT_EQ(run.ending(60s), support::exited(1)) << run.out() << run.log();
  EXPECT_NE(run.out().find("chaos: breach: " + GetParam() + " of "), std::string::npos) << run.out() << run.log();
  EXPECT_NE(run.out().find("seed=1"), std::string::npos) << run.out();
}

INSTANTIATE_TEST_SUITE_P(Of, Betrayal, testing::Values("P1", "P2", "P3", "P4", "P6", "P8"),
                         [](const auto& one) { return one.param; });

}  // namespace
}  // namespace chaos
