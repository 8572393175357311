// An owner file is read whole or not at all; read, it can be written again.
#include "ownership/owner_record.h"
#include "tests/fuzz/text.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto record = ownership::parse_owner_record(fuzz::text_of(data, size));
  if (!record) return 0;
  const auto again = ownership::parse_owner_record(ownership::format_owner_record(*record));
  fuzz::promise(again && *again == *record);
  return 0;
}
