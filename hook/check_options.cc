#include "hook/check_options.h"

#include <string_view>
#include <utility>

namespace hook {
namespace {

using ownership::Error;
using ownership::ExitCode;
using ownership::Result;

std::unexpected<Error> usage(std::string_view word, std::string why) {
  return std::unexpected(Error{ExitCode::usage, "cannot use", std::string(word), std::move(why),
                               "the options are --annotation KEY=VALUE, --mount DESTINATION, --command PROGRAM, "
                               "--manifests DIR, --hooks-dir DIR, --docker-config FILE"});
}

Result<void> set(CheckOptions& options, std::string_view key, std::string_view value) {
  if (key == "--annotation") {
    const auto equals = value.find('=');
    if (equals == value.npos || equals == 0) return usage(value, "an annotation is KEY=VALUE");
    options.container.annotations.insert_or_assign(std::string(value.substr(0, equals)),
                                                   std::string(value.substr(equals + 1)));
    return {};
  }
  if (key == "--command") {
    options.container.process.args.assign(1, std::string(value));
    return {};
  }
  if (!value.starts_with('/')) return usage(value, "a path must be absolute");
  if (key == "--mount")
    options.container.mounts.push_back({std::string(value), "/", "bind", {"rbind"}});
  else if (key == "--manifests")
    options.manifests = value;
  else if (key == "--hooks-dir")
    options.hooks_dirs.emplace_back(value);
  else if (key == "--docker-config")
    options.docker_config = value;
  else
    return usage(key, "unknown option");
  return {};
}

}  // namespace

Result<CheckOptions> parse_check_options(std::span<const char* const> arguments) {
  CheckOptions options;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view word = arguments[i];
    if (!word.starts_with("--")) return usage(word, "unknown word");
    // An annotation has an equals sign of its own: only what stands before the first belongs to the option.
    const auto equals = word.find('=');
    if (equals == word.npos && i + 1 == arguments.size()) return usage(word, "its value is missing");
    const std::string_view value = equals != word.npos ? word.substr(equals + 1) : arguments[++i];
    if (auto done = set(options, word.substr(0, equals), value); !done) return std::unexpected(done.error());
  }
  return options;
}

}  // namespace hook
