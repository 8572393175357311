// A control message is understood whole or not at all; understood, it can be said again.
#include <array>

#include "control/message.h"
#include "tests/fuzz/text.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto message = control::parse_message(fuzz::text_of(data, size));
  if (!message || size > control::max_message) return 0;
  std::array<char, control::max_message> room;
  const auto again = control::parse_message(control::format_message(*message, room));
  fuzz::promise(again && again->verb == message->verb && again->owner == message->owner &&
                again->container == message->container && again->generation == message->generation &&
                again->since == message->since && again->reaped == message->reaped);
  return 0;
}
