#include <gtest/gtest.h>

#include "tests/support/child.h"
#include "tests/support/programs.h"

namespace support {
namespace {

TEST(HookCommand, IsRefusedWhereItIsUnknown) {
  Settings settings;
  settings.command = {solinit_hook(), "createruntime"};
  Child program(settings);
  EXPECT_EQ(program.ending(), exited(64)) << program.log();
  EXPECT_EQ(program.log(), "solinit-hook: error: unknown command createruntime: see solinit-hook(8); createRuntime, "
                           "prestart, poststop, check, status or runtime\n");
}

TEST(HookCommand, TellsItsCommandsAndTheirOptions) {
  Settings settings;
  settings.command = {solinit_hook(), "--help"};
  Child program(settings);
  EXPECT_EQ(program.ending(), exited(0)) << program.log();
  EXPECT_NE(program.out().find("\n  prestart       --manifests DIR  --records DIR"), std::string::npos) << program.out();
  EXPECT_EQ(program.log(), "");
}

}  // namespace
}  // namespace support
