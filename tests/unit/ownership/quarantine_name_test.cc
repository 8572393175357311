#include <gtest/gtest.h>

#include <string>

#include "ownership/quarantine.h"

namespace {

using namespace ownership;

TEST(QuarantineName, TellsWhatItWasMadeOf) {
  for (const std::string name : {"web.sock", "web", "quarantine.web", "a.0123456789abcdef"})
    EXPECT_EQ(name_in_quarantine(quarantine_name(name, 0xfedcba9876543210u)), name);
  EXPECT_EQ(quarantine_name("web.sock", 7), "quarantine.web.sock.0000000000000007");
}

TEST(QuarantineName, IsSeenInNothingElse) {
  EXPECT_EQ(name_in_quarantine("web.sock.lease"), "");
  EXPECT_EQ(name_in_quarantine("quarantine.web.sock.000000000000000G"), "");
  EXPECT_EQ(name_in_quarantine("quarantine.web.sock.0000000000000"), "");
  EXPECT_EQ(name_in_quarantine("quarantine..0000000000000007"), "");
  EXPECT_EQ(name_in_quarantine("quarantine.0000000000000007"), "");
  EXPECT_EQ(name_in_quarantine(""), "");
}

}  // namespace
