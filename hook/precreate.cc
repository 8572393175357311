#include "hook/precreate.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "hook/config_edit.h"
#include "hook/inject.h"
#include "hook/runtime_options.h"
#include "hook/telling.h"
#include "ownership/log.h"

namespace hook {
namespace {

using ownership::Result;

constexpr const char* name_of_input = "the configuration";

bool write_out(std::string_view text) {
  while (!text.empty()) {
    const auto size = write(STDOUT_FILENO, text.data(), text.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(size));
  }
  return true;
}

/// Up to the end, or to a byte more than is understood.
std::string read_in() {
  std::string text;
  std::array<char, 16384> room;
  while (text.size() <= longest_config) {
    const auto size = read(STDIN_FILENO, room.data(), room.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    text.append(room.data(), static_cast<std::size_t>(size));
  }
  return text;
}

void pass_on_the_rest() {
  std::array<char, 16384> room;
  while (true) {
    const auto size = read(STDIN_FILENO, room.data(), room.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0 || !write_out({room.data(), static_cast<std::size_t>(size)})) return;
  }
}

Result<std::optional<std::string>> edit(const std::string& text, const RuntimeOptions& options) {
  if (!has_host_manifests(options.manifests)) return std::optional<std::string>{};
  const auto config = parse_bundle_config(text, name_of_input);
  if (!config) return std::unexpected(config.error());
  const auto manifests = read_host_manifests(
      options.manifests, [&](std::string_view manifest) { return may_speak_of(manifest, *config); });
  auto injection = find_injection(matching(manifests, *config), *config, options.launcher);
  if (!injection) return std::optional<std::string>{};
  return edit_config(text, name_of_input, {{}, std::move(injection)});
}

/// Nothing: it stays as it was.
std::optional<std::string> edited(const std::string& text, const RuntimeOptions& options) noexcept {
  try {
    auto result = edit(text, options);
    if (result) return std::move(*result);
    ownership::log::warning(result.error().what, result.error().object, result.error().why);
  } catch (const std::exception& failure) {
    ownership::log::warning("cannot prepare the container", "", failure.what());
  }
  return {};
}

}  // namespace

int run_precreate(int argc, char** argv) {
  const auto options = parse_runtime_options({argv, static_cast<std::size_t>(argc)});
  if (!options) return ownership::log::fail(options.error());
  start_telling_aloud();
  std::signal(SIGPIPE, SIG_IGN);
  const auto text = read_in();
  const auto changed = edited(text, *options);
  write_out(changed ? *changed : text);
  pass_on_the_rest();
  return 0;
}

}  // namespace hook
