#include "ownership/bearers.h"

#include <gtest/gtest.h>

namespace ownership {
namespace {

TEST(Bearer, IsCalledByTheInnermostNumber) {
  EXPECT_EQ(own_number("Name:\tx\nNSpid:\t4711\t30\t7\nNSpgid:\t1\n"), 7);
  EXPECT_EQ(own_number("Name:\tx\nNSpid:\t4711\n"), 4711);
  EXPECT_EQ(own_number("Name:\tNSpid:\t9\nPid:\t1\n"), std::nullopt);
  EXPECT_EQ(own_number("Name:\tx\nNSpid:\t\n"), std::nullopt);
  EXPECT_EQ(own_number(""), std::nullopt);
}

TEST(Bearer, SeesWhatIsMountedAboveOrBelow) {
  const MountedPart part{"254:0", "/volumes/web/_data"};
  const auto sees = [&](const std::string& device, const std::string& root) {
    return mounts("36 35 " + device + " " + root + " /run/web rw master:1 - ext4 /dev/root rw", part, false);
  };
  EXPECT_TRUE(sees("254:0", "/volumes/web/_data"));
  EXPECT_TRUE(sees("254:0", "/volumes/web"));
  EXPECT_TRUE(sees("254:0", "/"));
  EXPECT_TRUE(sees("254:0", "/volumes/web/_data/sub"));
  EXPECT_FALSE(sees("254:0", "/volumes/web/_data2"));
  EXPECT_FALSE(sees("254:0", "/volumes/other"));
  EXPECT_FALSE(sees("254:1", "/volumes/web/_data"));
  EXPECT_FALSE(mounts("", part, false));
}

TEST(Bearer, IsNoSandboxThatShowsTheWholeHost) {
  const MountedPart part{"254:0", "/volumes/web/_data"};
  EXPECT_FALSE(mounts("36 35 254:0 / / rw - ext4 /dev/root rw", part, true));
  EXPECT_TRUE(mounts("36 35 254:0 /volumes/web/_data /run/web rw - ext4 /dev/root rw", part, true));
  EXPECT_TRUE(mounts("36 35 0:50 / /run/web rw - tmpfs tmpfs rw", {"0:50", "/"}, true));
}

}  // namespace
}  // namespace ownership
