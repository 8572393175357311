#pragma once

#include <string>

namespace support {

/// The program under test: SOLINIT_BIN, else the one that was built.
std::string solinit();
std::string solinit_hook();
/// One of the stand-ins: witness, witness_server, stray_maker, orphan_maker.
std::string program(const std::string& name);

}  // namespace support
