#pragma once

#include <string>

#include "launcher/plan.h"
#include "ownership/error.h"

namespace launcher {

/// `error` as a line in the log grammar, to be printed by `main`.
Answer answer_with(const ownership::Error& error, ownership::log::Format format);
/// Such a line, with its newline.
std::string error_line(const ownership::Error& error, ownership::log::Format format);

}  // namespace launcher
