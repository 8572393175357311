// What the planner's child sends is decoded whole or not at all, and has one form.
#include "launcher/plan_flat.h"
#include "tests/fuzz/text.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = fuzz::text_of(data, size);
  const auto outcome = launcher::decode(bytes);
  if (outcome) fuzz::promise(launcher::encode(*outcome) == bytes);
  return 0;
}
