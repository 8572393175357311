#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "launcher/adopt_path.h"

namespace {

using namespace launcher;

TEST(AdoptPath, IsSplitIntoParentAndName) {
  EXPECT_EQ(split_path("/run/shop/web.sock"), (PathParts{"/run/shop", "web.sock"}));
  EXPECT_EQ(split_path("/web.sock"), (PathParts{"/", "web.sock"}));
  EXPECT_EQ(split_path("web.sock"), (PathParts{".", "web.sock"}));
  EXPECT_EQ(split_path("v/web.sock"), (PathParts{"v", "web.sock"}));
  EXPECT_EQ(split_path("../v//web.sock"), (PathParts{"../v/", "web.sock"}));
  EXPECT_EQ(split_path("./web.sock"), (PathParts{".", "web.sock"}));
}

TEST(AdoptPath, HasNoNameWhereItNamesADirectory) {
  for (const auto* const path : {"", "/", ".", "..", "a/", "a/.", "a/..", "/run/shop/web.sock/"})
    EXPECT_EQ(split_path(path), PathParts()) << path;
}

class AdoptTargets : public testing::Test {
 protected:
  static AdoptTarget target(std::string_view name, std::uint64_t directory) {
    AdoptTarget made;
    made.name = name;
    made.directory_identity.inode = directory;
    return made;
  }
  static ownership::Identity directory(std::uint64_t inode) { return {0, 0, inode, 0, 0}; }

  const std::array<AdoptTarget, 3> targets_{target("a.sock", 1), target("b.sock", 2), target("b.sock", 1)};
};

TEST_F(AdoptTargets, AreFoundByDirectoryAndName) {
  EXPECT_EQ(find_target(directory(1), "a.sock", targets_).target, 0);
  EXPECT_EQ(find_target(directory(2), "b.sock", targets_).target, 1);
  EXPECT_EQ(find_target(directory(1), "b.sock", targets_).target, 2);
  EXPECT_TRUE(find_target(directory(1), "b.sock", targets_).is_target());
  EXPECT_FALSE(find_target(directory(2), "a.sock", targets_).is_target());
  EXPECT_FALSE(find_target(directory(3), "a.sock", targets_).is_target());
}

TEST_F(AdoptTargets, HaveASideToBeBeside) {
  const auto beside = find_target(directory(1), "a.sock.7.tmp", targets_);
  EXPECT_TRUE(beside.is_beside);
  EXPECT_EQ(beside.target, 0);
  EXPECT_FALSE(beside.is_target());
  EXPECT_EQ(find_target(directory(3), "a.sock.7.tmp", targets_).target, -1);
}

TEST_F(AdoptTargets, AreKnownByTheAddressThatTheirListenerTells) {
  auto targets = targets_;
  std::ranges::copy(std::string_view("/run/.solinit/b.sock.1.listen"), targets[1].address.begin());
  EXPECT_EQ(target_of_address("/run/.solinit/b.sock.1.listen", targets), 1);
  EXPECT_EQ(target_of_address("/run/.solinit/b.sock", targets), -1);
  EXPECT_EQ(target_of_address("", targets), -1);
}

TEST_F(AdoptTargets, AreToldByNameWithoutALookAtAnything) {
  EXPECT_TRUE(is_target_name("a.sock", targets_));
  EXPECT_FALSE(is_target_name("a.sock.7.tmp", targets_));
  EXPECT_FALSE(is_target_name("", targets_));
}

}  // namespace
