// A config.json is understood, or refused with 65.
#include "hook/bundle_config.h"
#include "tests/fuzz/text.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto config = hook::parse_bundle_config(fuzz::text_of(data, size), "config.json");
  if (!config) fuzz::promise(config.error().code == ownership::ExitCode::bad_input);
  return 0;
}
