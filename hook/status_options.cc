#include <string_view>

#include "hook/status.h"

namespace hook {
namespace {

using ownership::Error;
using ownership::ExitCode;

std::unexpected<Error> usage(std::string_view word, std::string why) {
  return std::unexpected(Error{ExitCode::usage, "cannot use", std::string(word), std::move(why),
                               "the options are --json, --openmetrics, --watch, --manifests DIR, --records DIR"});
}

}  // namespace

ownership::Result<StatusOptions> parse_status_options(std::span<const char* const> arguments) {
  StatusOptions options;
  auto& form = options.view.form;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view word = arguments[i];
    const auto equals = word.find('=');
    const auto key = word.substr(0, equals);
    if (word == "--watch") {
      options.view.watches = true;
    } else if (word == "--json" || word == "--openmetrics") {
      if (form != status::Form::table) return usage(word, "one form is given already");
      form = word == "--json" ? status::Form::json : status::Form::openmetrics;
    } else if (key == "--manifests" || key == "--records") {
      if (equals == word.npos && i + 1 == arguments.size()) return usage(word, "its value is missing");
      const std::string_view value = equals != word.npos ? word.substr(equals + 1) : arguments[++i];
      if (!value.starts_with('/')) return usage(value, "a path must be absolute");
      (key == "--manifests" ? options.manifests : options.records) = value;
    } else {
      return usage(word, "unknown option");
    }
  }
  return options;
}

}  // namespace hook
