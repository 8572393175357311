#include <gtest/gtest.h>

#include "hook/host_manifests.h"

namespace hook {
namespace {

struct MaySpeak : testing::Test {
  BundleConfig config;
  void SetUp() override {
    config.annotations = {{"io.solinit.owner", "shop"}};
    config.mounts = {{"/run/web/", "/srv", "bind", {"rbind"}}};
  }
};

TEST_F(MaySpeak, WhatHoldsAnAnnotationOrAMount) {
  EXPECT_TRUE(may_speak_of("match: {annotations: {io.solinit.owner: shop}}", config));
  EXPECT_TRUE(may_speak_of("match: {mounts: [/run/web]}", config));
  EXPECT_FALSE(may_speak_of("match: {annotations: {io.solinit.owner: other}}", config));
  EXPECT_FALSE(may_speak_of("match: {mounts: [/run/other]}", config));
  EXPECT_FALSE(may_speak_of("sockets: [{path: /run/web/x}]\nmatch: {annotations: {a: b}}", config));
}

TEST_F(MaySpeak, WhatCouldHideThem) {
  EXPECT_TRUE(may_speak_of("match: {annotations: {\"io.\\x73olinit.owner\": shop2}}", config));
  EXPECT_TRUE(may_speak_of("match: {mounts: [/run//web]}", config));
  EXPECT_TRUE(may_speak_of("match: {mounts: [/run/./web]}", config));
  EXPECT_TRUE(may_speak_of("# annotations are for others\nmatch: {mounts: [/run/web]}", config));
  EXPECT_FALSE(may_speak_of("# $schema=https://example.org/schema\nmatch: {mounts: [/run/other]}", config));
  config.annotations = {{"a key", "a value"}};
  EXPECT_TRUE(may_speak_of("match: {annotations: {a\n  key: a\n  value}}", config));
}

}  // namespace
}  // namespace hook
