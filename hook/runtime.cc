#include "hook/runtime.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "hook/config_edit.h"
#include "hook/config_file.h"
#include "hook/inject.h"
#include "hook/runtime_call.h"
#include "hook/runtime_options.h"
#include "hook/stage_entry.h"
#include "hook/telling.h"
#include "ownership/log.h"

namespace hook {
namespace {

using ownership::Error;
using ownership::ExitCode;
using ownership::Result;

constexpr std::array search_path{"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"};

bool is_same_file(const std::string& one, const std::string& other) {
  struct stat first {
  }, second{};
  return stat(one.c_str(), &first) == 0 && stat(other.c_str(), &second) == 0 && first.st_dev == second.st_dev &&
         first.st_ino == second.st_ino;
}

/// A name is looked for where root alone installs, whatever PATH says. Never ourselves.
Result<std::string> find_runtime(const std::string& runtime, const std::string& ourselves) {
  const auto refuse = [&](ExitCode code, std::string why) {
    return std::unexpected(Error{code, "cannot run the runtime", runtime, std::move(why), ""});
  };
  if (runtime.find('/') != runtime.npos) {
    if (is_same_file(runtime, ourselves)) return refuse(ExitCode::usage, "it is solinit-hook itself");
    return runtime;
  }
  for (const std::string directory : search_path) {
    const auto path = directory + "/" + runtime;
    if (access(path.c_str(), X_OK) == 0 && !is_same_file(path, ourselves)) return path;
  }
  return refuse(ExitCode::not_found,
                "it is in none of /usr/local/sbin, /usr/local/bin, /usr/sbin, /usr/bin, /sbin, /bin");
}

std::string our_path() {
  std::array<char, PATH_MAX> room;
  const auto size = readlink("/proc/self/exe", room.data(), room.size());
  return size <= 0 ? "/usr/libexec/solinit/solinit-hook" : std::string(room.data(), static_cast<std::size_t>(size));
}

std::string config_path(const RuntimeCall& call) {
  return call.config.starts_with('/') ? call.config : call.bundle + "/" + call.config;
}

/// Where a manifest cannot be read the stages are there to say so.
Result<void> edit(const RuntimeCall& call, const RuntimeOptions& options, const std::string& ourselves) {
  if (!has_host_manifests(options.manifests)) return {};
  auto file = read_config(config_path(call));
  if (!file) return std::unexpected(std::move(file.error()));
  const auto config = parse_bundle_config(file->text, file->path);
  if (!config) return std::unexpected(config.error());

  const auto manifests = read_host_manifests(
      options.manifests, [&](std::string_view manifest) { return may_speak_of(manifest, *config); });
  const auto found = matching(manifests, *config);
  if (found.empty() && manifests.bad.empty()) return {};
  ConfigEdit wanted{stage_entries(ourselves, options.manifests), find_injection(found, *config, options.launcher)};
  auto text = edit_config(file->text, file->path, wanted);
  if (!text) return std::unexpected(std::move(text.error()));
  return *text ? replace_config(*file, **text) : Result<void>{};
}

void prepare(const RuntimeCall& call, const RuntimeOptions& options, const std::string& ourselves) noexcept {
  using ownership::log::warning;
  constexpr const char* consequence = "the container starts without solinit: ";
  try {
    if (const auto done = edit(call, options, ourselves); !done)
      warning(done.error().what, done.error().object, consequence + done.error().why);
  } catch (const std::exception& failure) {
    warning("cannot prepare the container", "", failure.what());
  }
}

Error become(const std::string& runtime, std::span<const char* const> arguments) {
  std::vector<char*> words{const_cast<char*>(runtime.c_str())};
  for (const char* word : arguments) words.push_back(const_cast<char*>(word));
  words.push_back(nullptr);
  execv(runtime.c_str(), words.data());
  const auto code = errno == ENOENT ? ExitCode::not_found : ExitCode::not_executable;
  return ownership::system_error("cannot run the runtime", runtime, errno, code);
}

}  // namespace

int run_runtime(int argc, char** argv) {
  const auto options = parse_runtime_options({argv, static_cast<std::size_t>(argc)});
  if (!options) return ownership::log::fail(options.error());
  const auto ourselves = our_path();
  const auto runtime = find_runtime(options->runtime, ourselves);
  if (!runtime) return ownership::log::fail(runtime.error());
  const std::vector<std::string_view> words(options->arguments.begin(), options->arguments.end());
  const auto call = understand_runtime_call(words);
  start_telling_aloud();
  if (call.makes_container) prepare(call, *options, ourselves);
  return ownership::log::fail(become(*runtime, options->arguments));
}

}  // namespace hook
