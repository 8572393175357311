#include "launcher/plan_flat.h"

#include <gtest/gtest.h>

#include <csignal>
#include <string>


using namespace launcher;

namespace {

Draft full_draft() {
  Draft draft;
  draft.first_argument = 3;
  auto& plan = draft.plan;
  plan.personality = Personality::catatonit;
  plan.manifest.emplace();
  plan.manifest->owner = "shop-web";
  plan.manifest_path = "/etc/solinit/manifest.yaml";
  plan.scope = Scope::group;
  plan.own_session = true;
  plan.parent_death_signal = SIGTERM;
  plan.success_statuses.set(143);
  plan.rewritten[SIGTERM] = SIGQUIT;
  plan.rewritten[SIGTSTP] = dropped_signal;
  plan.pauses = true;
  plan.question = Question::restart;
  plan.allows_remote_volume = true;
  plan.level = ownership::log::Level::debug;
  plan.format = ownership::log::Format::json;
  return draft;
}

}  // namespace

TEST(PlanFlat, GivesBackAnAnswer) {
  const auto decoded = decode(encode(Answer{78, "out", "err"}));
  ASSERT_TRUE(decoded);
  const auto& answer = std::get<Answer>(*decoded);
  EXPECT_EQ(answer.exit_code, 78);
  EXPECT_EQ(answer.out, "out");
  EXPECT_EQ(answer.err, "err");
}

TEST(PlanFlat, GivesBackADraft) {
  const auto sent = full_draft();
  const auto decoded = decode(encode(sent));
  ASSERT_TRUE(decoded);
  const auto& draft = std::get<Draft>(*decoded);
  const auto& plan = draft.plan;
  EXPECT_EQ(draft.first_argument, sent.first_argument);
  EXPECT_EQ(plan.personality, sent.plan.personality);
  EXPECT_EQ(plan.manifest, sent.plan.manifest);
  EXPECT_EQ(plan.manifest_path, sent.plan.manifest_path);
  EXPECT_EQ(plan.scope, sent.plan.scope);
  EXPECT_EQ(plan.own_session, sent.plan.own_session);
  EXPECT_EQ(plan.adopts_orphans, sent.plan.adopts_orphans);
  EXPECT_EQ(plan.warns_when_not_reaping, sent.plan.warns_when_not_reaping);
  EXPECT_EQ(plan.parent_death_signal, sent.plan.parent_death_signal);
  EXPECT_EQ(plan.success_statuses, sent.plan.success_statuses);
  EXPECT_EQ(plan.rewritten, sent.plan.rewritten);
  EXPECT_EQ(plan.pauses, sent.plan.pauses);
  EXPECT_EQ(plan.question, sent.plan.question);
  EXPECT_EQ(plan.allows_remote_volume, sent.plan.allows_remote_volume);
  EXPECT_EQ(plan.level, sent.plan.level);
  EXPECT_EQ(plan.format, sent.plan.format);
}

TEST(PlanFlat, GivesBackADraftWithoutAManifest) {
  const auto decoded = decode(encode(Draft{}));
  ASSERT_TRUE(decoded);
  EXPECT_FALSE(std::get<Draft>(*decoded).plan.manifest);
}

TEST(PlanFlat, RefusesWhatIsNoSignal) {
  for (const int number : {-1, SIGRTMAX + 1}) {
    auto draft = full_draft();
    draft.plan.parent_death_signal = number;
    EXPECT_FALSE(decode(encode(draft))) << number;
  }
  auto draft = full_draft();
  draft.plan.rewritten[1] = static_cast<std::uint8_t>(SIGRTMAX + 1);
  EXPECT_FALSE(decode(encode(draft)));
}

TEST(PlanFlat, RefusesEveryCutAndWhatFollows) {
  const auto bytes = encode(full_draft());
  for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(decode(bytes.substr(0, size))) << size;
  EXPECT_FALSE(decode(bytes + '\0'));
}
