#include "hook/runtime_options.h"

#include <utility>

namespace hook {
namespace {

using ownership::Error;
using ownership::ExitCode;

constexpr std::string_view prefix = "solinit-";

std::unexpected<Error> usage(std::string_view word, std::string why) {
  return std::unexpected(
      Error{ExitCode::usage, "cannot use", std::string(word), std::move(why),
            "the options are --runtime-path PATH, --manifests DIR, --launcher FILE; then -- and what "
            "the runtime is told"});
}

std::string* place_of(RuntimeOptions& options, std::string_view key) {
  if (key == "--runtime-path") return &options.runtime;
  if (key == "--manifests") return &options.manifests;
  if (key == "--launcher") return &options.launcher;
  return nullptr;
}

}  // namespace

std::string_view runtime_named_by(std::string_view argv0) {
  auto name = argv0.substr(argv0.rfind('/') + 1);
  if (!name.starts_with(prefix)) return {};
  name.remove_prefix(prefix.size());
  return name == "hook" ? std::string_view() : name;
}

ownership::Result<RuntimeOptions> parse_runtime_options(std::span<const char* const> argv) {
  RuntimeOptions options;
  if (const auto name = runtime_named_by(argv[0]); !name.empty()) {
    options.runtime = name;
    options.arguments = argv.subspan(1);
    return options;
  }
  std::size_t at = 2;
  for (; at < argv.size(); ++at) {
    const std::string_view word = argv[at];
    const auto equals = word.find('=');
    auto* const place = place_of(options, word.substr(0, equals));
    if (place == nullptr) break;
    if (equals == word.npos && at + 1 == argv.size()) return usage(word, "its value is missing");
    const std::string_view value = equals != word.npos ? word.substr(equals + 1) : argv[++at];
    if (!value.starts_with('/')) return usage(value, "a path must be absolute");
    *place = value;
  }
  if (at < argv.size() && std::string_view(argv[at]) == "--") ++at;
  options.arguments = argv.subspan(std::min(at, argv.size()));
  return options;
}

}  // namespace hook
