#include "launcher/answer.h"

#include <array>

namespace launcher {

std::string error_line(const ownership::Error& error, ownership::log::Format format) {
  namespace log = ownership::log;
  const log::Line line{.level = log::Level::error,
                       .what = error.what,
                       .object = error.object,
                       .why = error.why,
                       .advice = error.advice};
  std::array<char, 4096> room;
  return std::string(log::render(line, "solinit", format, room)) + "\n";
}

Answer answer_with(const ownership::Error& error, ownership::log::Format format) {
  return {static_cast<int>(error.code), "", error_line(error, format)};
}

}  // namespace launcher
