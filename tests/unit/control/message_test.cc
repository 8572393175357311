#include "control/message.h"

#include <gtest/gtest.h>

#include <array>
#include <cctype>
#include <random>
#include <string>
#include <vector>

using namespace control;

namespace {

std::string format(const Message& message) {
  std::array<char, max_message> room;
  return std::string(format_message(message, room));
}

Message take(std::string_view owner, std::string_view container, bool is_pid_one) {
  return {.verb = Verb::take, .owner = owner, .container = container, .is_pid_one = is_pid_one};
}

}  // namespace

TEST(Message, IsOneReadableLine) {
  EXPECT_EQ(format({.verb = Verb::take, .owner = "shop-web", .container = "3f9c", .generation = 4, .is_pid_one = true}),
            "solinit/1 TAKE owner=shop-web container=3f9c generation=4 init=1");
  EXPECT_EQ(format({.verb = Verb::refuse, .why = "handing over to another"}),
            "solinit/1 REFUSE why=handing over to another");
  EXPECT_EQ(format({.verb = Verb::stopped}), "solinit/1 STOPPED");
}

TEST(Message, ComesBackAsItWasSent) {
  const Message sent{.verb = Verb::take, .owner = "a", .container = "b.c-d_e", .generation = 18446744073709551615u,
                     .is_pid_one = true, .why = "free text with key=value in it"};
  const auto text = format(sent);
  const auto received = parse_message(text);
  ASSERT_TRUE(received) << text;
  EXPECT_EQ(received->owner, sent.owner);
  EXPECT_EQ(received->container, sent.container);
  EXPECT_EQ(received->generation, sent.generation);
  EXPECT_TRUE(received->is_pid_one);
  EXPECT_EQ(received->why, sent.why);
}

TEST(Message, SaysWhoIsPidOneToBothSides) {
  EXPECT_EQ(format({.verb = Verb::grant, .is_pid_one = true}), "solinit/1 GRANT init=1");
  const auto text = format(take("a", "b", false));
  EXPECT_EQ(text, "solinit/1 TAKE owner=a container=b init=0");
  const auto received = parse_message(text);
  ASSERT_TRUE(received);
  EXPECT_FALSE(received->is_pid_one);
}

TEST(Message, CarriesTheStateOfALauncher) {
  const Message sent{.verb = Verb::state, .phase = "serving", .web = 7, .since = 1796104583, .started = 1796104582,
                     .restarts = 2, .reaped = 18446744073709551615u, .why = "notice: superseded by c2"};
  const auto text = format(sent);
  EXPECT_EQ(text, "solinit/1 STATE phase=serving web=7 since=1796104583 started=1796104582 restarts=2 "
                  "reaped=18446744073709551615 why=notice: superseded by c2");
  const auto received = parse_message(text);
  ASSERT_TRUE(received);
  EXPECT_EQ(received->web, sent.web);
  EXPECT_EQ(received->since, sent.since);
  EXPECT_EQ(received->started, sent.started);
  EXPECT_EQ(received->restarts, sent.restarts);
  EXPECT_EQ(received->reaped, sent.reaped);
}

TEST(Message, TellsAPhase) {
  const auto text = format({.verb = Verb::state, .phase = "backing-off"});
  EXPECT_EQ(text, "solinit/1 STATE phase=backing-off");
  const auto received = parse_message(text);
  ASSERT_TRUE(received);
  EXPECT_EQ(received->phase, "backing-off");
  EXPECT_TRUE(received->owner.empty() && received->container.empty());
}

TEST(Message, SkipsWhatALaterVersionAdds) {
  EXPECT_TRUE(parse_message("solinit/1 TAKE owner=a container=b listeners=2 order=overlap"));
}

TEST(Message, RefusesWhatIsNotOne) {
  for (const std::string_view text :
       {"", "solinit/1", "solinit/1 ", "solinit/2 TAKE owner=a container=b", "solinit/1 STEAL",
        "solinit/1 TAKE owner=a", "solinit/1 TAKE container=b", "solinit/1 TAKE owner=a owner=b container=c",
        "solinit/1 TAKE owner=a container=b/c", "solinit/1 TAKE owner=a container=b generation=-1",
        "solinit/1 TAKE owner=a container=b generation=99999999999999999999", "solinit/1 TAKE owner=a container=b init=2",
        "solinit/1 TAKE owner", "solinit/1 TAKE owner= container=b", "solinit/1 STATE phase=a phase=b",
        "solinit/1 READY\n", "solinit/1 BYE why=\x01", "GET / HTTP/1.0"})
    EXPECT_FALSE(parse_message(text)) << text;
  const auto named = [](std::size_t size) { return "solinit/1 STATE owner=" + std::string(size, 'x'); };
  EXPECT_TRUE(parse_message(named(128)));
  EXPECT_FALSE(parse_message(named(129)));
  for (int byte = ' ' + 1; byte <= '~'; ++byte) {
    const char c = static_cast<char>(byte);
    const bool is_allowed = std::isalnum(byte) != 0 || c == '.' || c == '-' || c == '_';
    EXPECT_EQ(parse_message("solinit/1 STATE owner=" + std::string(1, c)).has_value(), is_allowed) << c;
  }
}

TEST(Message, CutsAReasonThatIsTooLong) {
  const std::string reason(2 * max_message, 'x');
  const auto text = format({.verb = Verb::failed, .why = reason});
  EXPECT_EQ(text.size(), max_message);
  EXPECT_TRUE(parse_message(text));
}

TEST(Message, SurvivesAnyBytes) {
  std::mt19937 random(1);
  std::string text = "solinit/1 TAKE owner=shop-web container=3f9c generation=4 init=1 why=because";
  for (int i = 0; i < 100000; ++i) {
    auto mutated = text;
    for (int changes = static_cast<int>(random() % 4); changes >= 0; --changes)
      mutated[random() % mutated.size()] = static_cast<char>(random());
    mutated.resize(random() % (mutated.size() + 1));
    const auto message = parse_message(mutated);
    EXPECT_LE(message ? message->owner.size() : 0, 128u);
  }
}

TEST(Refusal, LetsARightfulSuccessorIn) {
  const std::vector<std::string> superseded{"old"};
  EXPECT_FALSE(refusal(take("shop", "new", true), {"shop", "here", superseded}));
}

TEST(Refusal, KeepsOtherOwnersAndReplacedContainersOut) {
  const std::vector<std::string> superseded{"old"};
  EXPECT_EQ(refusal(take("other", "new", true), {"shop", "here", superseded}), other_owner_reason);
  EXPECT_EQ(refusal(take("shop", "old", true), {"shop", "here", superseded}), superseded_reason);
}

TEST(Refusal, TrustsWhatSomebodyStartedByHandInAReplacedContainer) {
  const std::vector<std::string> superseded{"old"};
  EXPECT_FALSE(refusal(take("shop", "old", false), {"shop", "here", superseded}));
}

TEST(Refusal, LetsPidOneOfTheSameContainerIn) {
  const std::vector<std::string> superseded{"here"};
  EXPECT_FALSE(refusal(take("shop", "here", true), {"shop", "here", superseded}));
}
