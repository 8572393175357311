#include <gtest/gtest.h>

#include <string>

#include "ownership/process.h"

namespace {

using ownership::parse_process_status;

const std::string rest = " S 33 7 7 0 -1 4194304 100 0 0 0 1 2 3 4 20 0 1 0 987654 1000 50 18446744073709551615 1\n";

TEST(ProcessStatus, IsReadWhateverTheCommandIs) {
  for (const std::string name : {"nginx", "", "a b", ") R 1 (", "((", "x) Z 9 9"}) {
    const auto status = parse_process_status("7 (" + name + ")" + rest);
    ASSERT_TRUE(status) << name;
    EXPECT_EQ(status->name(), name);
    EXPECT_EQ(status->state, 'S');
    EXPECT_EQ(status->parent, 33);
    EXPECT_EQ(status->started, 987654u);
    EXPECT_FALSE(status->is_dead());
  }
}

TEST(ProcessStatus, CallsZombiesDead) {
  auto zombie = rest;
  zombie[1] = 'Z';
  EXPECT_TRUE(parse_process_status("7 (nginx)" + zombie)->is_dead());
}

TEST(ProcessStatus, IsNothingWhenItIsNotOne) {
  for (const std::string text : {"", "7", "7 (", "7 (x", "7 )x(", "7 (x)", "7 (x) S", "7 (x) S 33 7 7"})
    EXPECT_FALSE(parse_process_status(text)) << text;
  EXPECT_FALSE(parse_process_status("7 (x) S parent 7 7 0 -1 4 1 0 0 0 1 2 3 4 20 0 1 0 98 1"));
}

TEST(ProcessStatus, CutsALongCommand) {
  const auto status = parse_process_status("7 (" + std::string(200, 'x') + ")" + rest);
  ASSERT_TRUE(status);
  EXPECT_EQ(status->name(), std::string(64, 'x'));
}

}  // namespace
