#include <gtest/gtest.h>

#include <string>

#include "ownership/quarantine.h"

namespace {

using namespace ownership;

TEST(QuarantineName, TellsWhatItWasMadeOf) {
  for (const std::string name : {"web.sock", "web", "quarantine.web", "a.0123456789abcdef"}) {
    const auto moved = quarantine_name(name, 0xfedcba9876543210u);
    EXPECT_TRUE(is_quarantine_name(moved, name)) << moved;
    EXPECT_FALSE(is_quarantine_name(moved, "web.soc")) << moved;
    EXPECT_FALSE(is_quarantine_name(moved, name + "x")) << moved;
  }
  EXPECT_EQ(quarantine_name("web.sock", 7), "quarantine.web.sock.0000000000000007");
}

TEST(QuarantineName, IsNotTakenForAnothers) {
  const auto moved = quarantine_name("a.0123456789abcdef", 7);
  EXPECT_FALSE(is_quarantine_name(moved, "a"));
  EXPECT_FALSE(is_quarantine_name("web.sock.lease", "web.sock"));
  EXPECT_FALSE(is_quarantine_name("quarantine.web.sock.000000000000000G", "web.sock"));
  EXPECT_FALSE(is_quarantine_name("quarantine.web.sock.0000000000000", "web.sock"));
  EXPECT_FALSE(is_quarantine_name("", ""));
}

}  // namespace
