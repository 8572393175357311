#include "manifests/substitute.h"

#include <gtest/gtest.h>

namespace manifests {
namespace {

Manifest shop() {
  Manifest manifest;
  manifest.sockets.resize(2);
  manifest.sockets[0].name = "web";
  manifest.sockets[0].path = "/run/{log}.sock";
  manifest.sockets[1].name = "log";
  manifest.sockets[1].path = "/run/log.sock";
  return manifest;
}

TEST(Substitute, PutsThePathOfASocketForItsName) {
  EXPECT_EQ(substitute("unix:{log}", shop()), "unix:/run/log.sock");
  EXPECT_EQ(substitute("{log}{log} {log}", shop()), "/run/log.sock/run/log.sock /run/log.sock");
  EXPECT_EQ(substitute("{{log}}", shop()), "{/run/log.sock}");
}

TEST(Substitute, LooksNotAgainThroughWhatItPutIn) { EXPECT_EQ(substitute("{web}", shop()), "/run/{log}.sock"); }

TEST(Substitute, LeavesEverythingElseAsItIs) {
  for (const std::string text :
       {"", "{", "}", "{}", "{we", "{webs}", "{ web }", "${HOME}", "{\"log\": 1}", "log}", "{{"})
    EXPECT_EQ(substitute(text, shop()), text);
}

TEST(Substitute, StaysQuickOnBraces) {
  const std::string braces(1 << 20, '{');
  EXPECT_EQ(substitute(braces, shop()), braces);
}

}  // namespace
}  // namespace manifests
