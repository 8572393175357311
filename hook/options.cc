#include "hook/options.h"

#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

namespace hook {
namespace {

using ownership::Error;
using ownership::ExitCode;
using ownership::Result;

std::unexpected<Error> usage(std::string_view word, std::string why) {
  return std::unexpected(Error{ExitCode::usage, "cannot use", std::string(word), std::move(why),
                               "the options are --manifests DIR, --records DIR, --report FILE, --timeout SECONDS"});
}

std::optional<std::chrono::milliseconds> seconds_of(std::string_view text) {
  unsigned seconds = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (failure != std::errc() || end != text.data() + text.size() || seconds == 0 || seconds > 86400) return {};
  return std::chrono::seconds(seconds);
}

Result<void> set(StageOptions& options, std::string_view key, std::string_view value) {
  if (key == "--timeout") {
    const auto timeout = seconds_of(value);
    if (!timeout) return usage(value, "a timeout is a whole number of seconds from 1 to 86400");
    options.timeout = *timeout;
    return {};
  }
  if (!value.starts_with('/')) return usage(value, "a path must be absolute");
  if (key == "--manifests")
    options.manifests = value;
  else if (key == "--records")
    options.records = value;
  else
    options.report = value;
  return {};
}

}  // namespace

Result<StageOptions> parse_stage_options(std::span<const char* const> arguments) {
  StageOptions options;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view word = arguments[i];
    const auto equals = word.find('=');
    const auto key = word.substr(0, equals);
    if (key != "--manifests" && key != "--records" && key != "--report" && key != "--timeout")
      return usage(word, "unknown option");
    if (equals == word.npos && i + 1 == arguments.size()) return usage(word, "its value is missing");
    const std::string_view value = equals != word.npos ? word.substr(equals + 1) : arguments[++i];
    if (auto done = set(options, key, value); !done) return std::unexpected(done.error());
  }
  return options;
}

}  // namespace hook
