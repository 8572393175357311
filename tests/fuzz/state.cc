// The state on the hook's standard input is understood, or refused with 65.
#include "hook/state.h"
#include "tests/fuzz/text.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto state = hook::parse_state(fuzz::text_of(data, size));
  if (!state) fuzz::promise(state.error().code == ownership::ExitCode::bad_input);
  return 0;
}
