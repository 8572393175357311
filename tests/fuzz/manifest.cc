// Any document is a manifest or a list of complaints; a manifest, printed and read again, is the same.
#include "manifests/parse.h"
#include "manifests/print.h"
#include "tests/fuzz/text.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace manifests;
  const auto manifest = parse(fuzz::text_of(data, size), "fuzz.yaml");
  if (!manifest) {
    fuzz::promise(!manifest.error().empty() && manifest.error().size() <= max_complaints + 1);
    return 0;
  }
  const auto again = parse(print(*manifest), "printed.yaml");
  fuzz::promise(again && *again == *manifest);
  return 0;
}
