// Any argv, and an environment of ours, is understood or answered with one line. Arguments are divided by newlines; the
// first is the name that we are called by.
#include <algorithm>
#include <string>
#include <vector>

#include "launcher/options.h"
#include "tests/fuzz/text.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto rest = fuzz::text_of(data, size);
  std::vector<std::string> words(1);
  for (const char letter : rest) {
    if (letter == '\n')
      words.emplace_back();
    else if (letter != '\0')
      words.back() += letter;
  }
  std::vector<const char*> arguments;
  for (const auto& word : words) arguments.push_back(word.c_str());
  char* environment[] = {nullptr};
  const auto understood = launcher::parse_options(arguments, environment);
  if (const auto* options = std::get_if<launcher::Options>(&understood))
    fuzz::promise(options->first_argument < arguments.size());
  else
    fuzz::promise(std::ranges::count(std::get<launcher::Answer>(understood).err, '\n') <= 1);
  return 0;
}
