#include "tests/support/programs.h"

#include <cstdlib>

namespace support {

std::string solinit() {
  const char* const other = std::getenv("SOLINIT_BIN");
  return other != nullptr ? other : SOLINIT_PROGRAM;
}

std::string solinit_hook() { return HOOK_PROGRAM; }

std::string program(const std::string& name) { return SUPPORT_PROGRAMS "/" + name; }

}  // namespace support
