#include "ownership/pid_file.h"

#include <gtest/gtest.h>

#include <string>

namespace {

using namespace ownership;
using Kind = PidText::Kind;

TEST(PidText, IsANumberNothingOrGarbage) {
  for (const std::string text : {"7", "7\n", " 7 \r\n", "\t7"}) {
    EXPECT_EQ(parse_pid_text(text).kind, Kind::number) << text;
    EXPECT_EQ(parse_pid_text(text).number, 7) << text;
  }
  EXPECT_EQ(parse_pid_text("0").number, 0);
  EXPECT_EQ(parse_pid_text("2147483647").number, 2147483647);
  for (const std::string text : {"", " ", "\n\n"}) EXPECT_EQ(parse_pid_text(text).kind, Kind::empty) << text;
  for (const std::string text : {"x", "7x", "-7", "+7", "7 8", "7\n8\n", "7.0", "0x7", "2147483648",
                                 "99999999999999999999", "#!/bin/sh", "\xff"})
    EXPECT_EQ(parse_pid_text(text).kind, Kind::garbage) << text;
  EXPECT_EQ(parse_pid_text(std::string("7\0", 2)).kind, Kind::garbage);
}

constexpr PidText seven{Kind::number, 7};
constexpr std::int64_t written = 1'000'000;
constexpr Bearer nobody{};
constexpr Bearer older{true, false, written - 100};

TEST(PidFile, IsStaleWhenItsNumberIsNobodys) {
  EXPECT_EQ(judge_pid_file(seven, nobody, written, false), PidVerdict::stale);
}

TEST(PidFile, IsStaleWhenItsNumberIsOurs) {
  EXPECT_EQ(judge_pid_file(seven, {true, true, written - 100}, written, false), PidVerdict::stale);
}

TEST(PidFile, IsStaleWhenItsProcessBeganClearlyLater) {
  EXPECT_EQ(judge_pid_file(seven, {true, false, written + 3}, written, false), PidVerdict::stale);
  for (std::int64_t grain = 0; grain <= 2; ++grain)
    EXPECT_EQ(judge_pid_file(seven, {true, false, written + grain}, written, false), PidVerdict::live);
}

TEST(PidFile, IsLiveInDoubt) {
  EXPECT_EQ(judge_pid_file(seven, older, written, false), PidVerdict::live);
  EXPECT_EQ(judge_pid_file(seven, {true, false, {}}, written, false), PidVerdict::live);
}

TEST(PidFile, IsAlwaysStaleForAFirstProcessThatStartedNothing) {
  EXPECT_EQ(judge_pid_file(seven, older, written, true), PidVerdict::stale);
}

TEST(PidFile, IsStaleWhenACrashLeftItEmptyAndForeignWhenItHoldsMore) {
  for (const bool can_none_be : {false, true}) {
    EXPECT_EQ(judge_pid_file({Kind::empty, 0}, nobody, written, can_none_be), PidVerdict::stale);
    EXPECT_EQ(judge_pid_file({Kind::garbage, 0}, nobody, written, can_none_be), PidVerdict::foreign);
  }
}

}  // namespace
