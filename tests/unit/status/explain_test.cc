#include "status/explain.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace status {
namespace {

Sight sight(Lease lease, There there) {
  Sight seen;
  seen.path = "/run/web.sock";
  seen.lease = lease;
  seen.there = there;
  return seen;
}

Sight answered(const std::string& phase) {
  auto seen = sight(Lease::held, There::alive);
  seen.told = Told{phase, "shop", "c1", "", 2, 0, 0, 90, 80};
  seen.container = "c1";
  return seen;
}

std::string explained(const Sight& seen, Policy policy = {true}) { return explain(seen, policy, {}, 100); }

bool has(const std::string& text, const std::string& piece) { return text.find(piece) != std::string::npos; }

TEST(Explain, HasFourSentencesForEveryState) {
  std::vector<Sight> all{sight(Lease::free, There::nothing), sight(Lease::free, There::dead), sight(Lease::free, There::alive),
                         sight(Lease::free, There::foreign), sight(Lease::held, There::alive),
                         sight(Lease::unknown, There::unknown)};
  for (const auto* const phase : {"starting", "serving", "draining", "stopping", "backing-off", "unheard-of"})
    all.push_back(answered(phase));
  all.push_back(answered("serving"));
  all.back().stands_by = "c2";
  std::vector<std::string> firsts;
  for (const auto& seen : all) {
    const auto text = explained(seen);
    EXPECT_TRUE(text.starts_with("/run/web.sock ")) << text;
    for (const auto* const begin : {"\nKnown because: ", "\nsolinit would: ", "\nYou can: "}) EXPECT_TRUE(has(text, begin)) << text;
    firsts.push_back(text.substr(0, text.find('\n')));
    for (std::size_t i = 0; i + 1 < firsts.size(); ++i) EXPECT_NE(firsts[i], firsts.back());
  }
}

TEST(Explain, NamesWhoServes) {
  auto seen = answered("serving");
  seen.web = 7;
  seen.command = "gunicorn shop";
  EXPECT_TRUE(has(explained(seen), "is served by gunicorn shop (pid 7) under the launcher of shop in container c1, generation 2, "
                                   "since 10s."))
      << explained(seen);
}

TEST(Explain, LeavesOutWhatIsNotKnownOfWhoServes) {
  auto seen = answered("serving");
  seen.web = 7;
  seen.container.clear();
  seen.told->owner.clear();
  seen.told->since = 0;
  EXPECT_TRUE(has(explained(seen), "is served by (pid 7) under the launcher of an unknown owner, generation 2,.")) << explained(seen);
  seen.container = "c1";
  seen.engine = "docker";
  EXPECT_TRUE(has(explained(seen), "an unknown owner in container c1 of docker, generation 2")) << explained(seen);
}

TEST(Explain, TellsTheLastEventOfTheLauncher) {
  auto seen = answered("serving");
  EXPECT_FALSE(has(explained(seen), "Last event"));
  seen.told->event = "notice: superseded by c2";
  EXPECT_TRUE(has(explained(seen), "\nLast event: notice: superseded by c2\n")) << explained(seen);
}

TEST(Explain, SaysWhereonItsWordOfAPlaceOfNobodyRests) {
  EXPECT_TRUE(has(explained(sight(Lease::none, There::nothing)), "Known because: nobody has ever owned it, and nothing"));
  EXPECT_TRUE(has(explained(sight(Lease::free, There::nothing)), "Known because: its lease is free, and nothing"));
  auto seen = sight(Lease::free, There::dead);
  EXPECT_TRUE(has(explained(seen), "no socket is bound to the inode")) << explained(seen);
  seen.kind = ownership::Item::Kind::pid_file;
  EXPECT_TRUE(has(explained(seen), "its number cannot be that of the web process")) << explained(seen);
  auto unknown = sight(Lease::unknown, There::unknown);
  EXPECT_TRUE(has(explained(unknown), "Known because: what is asked is not answered."));
  unknown.reason = "its lease: Permission denied";
  EXPECT_TRUE(has(explained(unknown), "Known because: its lease: Permission denied."));
}

TEST(Explain, NamesWhomTheOwnerFileNamesWhereNobodyAnswers) {
  auto seen = sight(Lease::held, There::alive);
  EXPECT_FALSE(has(explained(seen), "the owner file names")) << explained(seen);
  seen.record = ownership::OwnerRecord{};
  seen.record->owner = "shop";
  EXPECT_TRUE(has(explained(seen), "within 2 s; the owner file names shop")) << explained(seen);
}

TEST(Explain, FollowsTheTakeoverPolicy) {
  using manifests::TakeoverPolicy;
  EXPECT_TRUE(has(explained(answered("serving"), {true, TakeoverPolicy::handover}), "ask it to hand over"));
  EXPECT_TRUE(has(explained(answered("serving"), {true, TakeoverPolicy::standby}), "stand by until the lease falls"));
  EXPECT_TRUE(has(explained(answered("serving"), {true, TakeoverPolicy::refuse}), "leave with 75 (takeover.policy: refuse)"));
}

TEST(Explain, SaysOfAStrangerThatItIsEndedOnlyWhereItMayBe) {
  auto seen = sight(Lease::free, There::alive);
  EXPECT_TRUE(has(explained(seen), "never killed unseen")) << explained(seen);
  seen.strangers = {{33, "gunicorn pid=33"}};
  EXPECT_TRUE(has(explained(seen), "gunicorn pid=33 is bound to it without a lease")) << explained(seen);
  EXPECT_TRUE(has(explained(seen), "end that process")) << explained(seen);
  seen.strangers.push_back({34, "nc pid=34"});
  EXPECT_TRUE(has(explained(seen), "has a stranger: gunicorn pid=33, nc pid=34 is bound")) << explained(seen);
  EXPECT_TRUE(has(explained(seen, {true, {}, false}), "leave with 75")) << explained(seen, {true, {}, false});
}

TEST(Explain, NamesTheParentThatHasToWaitForAZombie) {
  const std::vector<Zombie> zombies{{12, 7, "worker", "gunicorn"}};
  const auto text = explain(sight(Lease::free, There::nothing), {}, zombies, 0);
  EXPECT_TRUE(has(text, "Zombie: worker (pid 12) has ended, and its parent gunicorn (pid 7) lives and has not waited for it"))
      << text;
  EXPECT_TRUE(has(text, "No manifest here names it")) << text;
}

}  // namespace
}  // namespace status
