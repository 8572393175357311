// A pid file holds a number, nothing, or garbage; no number is negative.
#include "ownership/pid_file.h"
#include "tests/fuzz/text.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = ownership::parse_pid_text(fuzz::text_of(data, size));
  fuzz::promise(text.number >= 0 && (text.kind == ownership::PidText::Kind::number || text.number == 0));
  return 0;
}
