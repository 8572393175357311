#include "hook/state.h"

#include <gtest/gtest.h>

namespace hook {
namespace {

using ownership::ExitCode;

TEST(State, IsReadAsRuncWritesIt) {
  const auto state = parse_state(
      R"({"ociVersion":"1.0.2-dev","id":"c1","status":"creating","pid":4711,"bundle":"/b","annotations":{"a":"b"}})");
  ASSERT_TRUE(state) << state.error().why;
  EXPECT_EQ(state->id, "c1");
  EXPECT_EQ(state->pid, 4711);
  EXPECT_EQ(state->bundle, "/b");
  EXPECT_EQ(state->annotations.at("a"), "b");
}

TEST(State, IsReadAsCrunWritesIt) {
  const auto state = parse_state(
      "{\n \"ociVersion\" : \"1.0\",\n \"id\": \"c1\",\n \"pid\": 0,\n \"root\": \"rootfs\",\n \"bundle\": \"\\/b\",\n "
      "\"status\": \"stopped\"\n}\n");
  ASSERT_TRUE(state) << state.error().why;
  EXPECT_EQ(state->pid, 0);
  EXPECT_EQ(state->bundle, "/b");
  EXPECT_TRUE(state->annotations.empty());
}

TEST(State, NeedsNoPidAndNoAnnotations) {
  const auto state = parse_state(R"({"id":"c1","bundle":"/b","status":"stopped","annotations":null})");
  ASSERT_TRUE(state) << state.error().why;
  EXPECT_EQ(state->pid, 0);
}

TEST(State, IsRefusedWhereItIsNone) {
  for (const std::string text :
       {"", "{", "[]", "null", "{}", R"({"id":"c1"})", R"({"bundle":"/b"})", R"({"id":"../c1","bundle":"/b"})",
        R"({"id":"","bundle":"/b"})", R"({"id":"a b","bundle":"/b"})", R"({"id":"c1","bundle":"b"})",
        R"({"id":"a/b","bundle":"/b"})", R"({"id":"a\u007f","bundle":"/b"})", R"({"id":".","bundle":"/b"})",
        R"({"id":"c1","bundle":"/b","pid":"1"})", R"({"id":"c1","bundle":"/b","pid":-1})",
        R"({"id":"c1","bundle":"/b","pid":1.5})", R"({"id":"c1","bundle":"/b","pid":99999999999})",
        R"({"id":"c1","bundle":"/b","annotations":[]})", R"({"id":"c1","bundle":"/b","annotations":{"a":1}})",
        R"({"id":"c1","bundle":"/b"} x)"}) {
    const auto state = parse_state(text);
    ASSERT_FALSE(state) << text;
    EXPECT_EQ(state.error().code, ExitCode::bad_input) << text;
    EXPECT_NE(state.error().why, "") << text;
  }
}

TEST(State, HasLimits) {
  const std::string deep = std::string(100, '[') + std::string(100, ']');
  EXPECT_FALSE(parse_state(R"({"id":"c1","bundle":"/b","x":)" + deep + "}"));
  const auto large = parse_state(R"({"id":"c1","bundle":"/b","x":")" + std::string(longest_state, 'x') + "\"}");
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, ExitCode::bad_input);
  const auto named = [](std::size_t size) { return R"({"bundle":"/b","id":")" + std::string(size, 'x') + "\"}"; };
  EXPECT_TRUE(parse_state(named(200)));
  EXPECT_FALSE(parse_state(named(201)));
}

}  // namespace
}  // namespace hook
