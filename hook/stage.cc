#include "hook/stage.h"

#include <exception>
#include <span>
#include <string>
#include <utility>

#include "hook/bundle_config.h"
#include "hook/config_file.h"
#include "hook/confine.h"
#include "hook/host_manifests.h"
#include "hook/inject.h"
#include "hook/input.h"
#include "hook/options.h"
#include "hook/settle_container.h"
#include "hook/start.h"
#include "hook/state.h"
#include "hook/telling.h"
#include "ownership/log.h"
#include "ownership/patience.h"

namespace hook {
namespace {

using ownership::Error;
using ownership::ExitCode;
using ownership::Patience;
using ownership::Result;

struct Deadlines {
  ownership::Deadline end;
  std::chrono::milliseconds allowed;
};

/// The runtime kills at the timeout, and what we would have said is lost.
Deadlines deadlines_of(const StageOptions& options) {
  const auto allowed = options.timeout * 4 / 5;
  return {ownership::Clock::now() + allowed, allowed};
}

Error late(Error error, const Deadlines& deadlines) {
  error.why += "; this stage may take " + std::to_string(deadlines.allowed.count()) + " ms, 80 % of its timeout";
  error.advice += error.advice.empty() ? "" : ", or ";
  error.advice += "give the hook a longer timeout, in its JSON and by --timeout";
  return error;
}

/// The annotations of the state stand for those that the configuration lacks.
void add_annotations(BundleConfig& config, const State& state) {
  config.annotations.insert(state.annotations.begin(), state.annotations.end());
}

/// Of the manifests that may speak of this container, each must be good.
Result<HostManifests> read_candidates(const StageOptions& options, const BundleConfig& config) {
  auto manifests =
      read_host_manifests(options.manifests, [&](std::string_view text) { return may_speak_of(text, config); });
  if (!manifests.bad.empty()) return std::unexpected(std::move(manifests.bad.front()));
  return manifests;
}

Result<void> create(const StageOptions& options, const Patience& patience, Report& report) {
  const auto input = read_input(longest_state, patience);
  if (!input) return std::unexpected(input.error());
  const auto state = parse_state(*input);
  if (!state) return std::unexpected(state.error());
  report.container = state->id;
  if (!has_host_manifests(options.manifests)) return {};
  const auto file = read_config(state->bundle + "/config.json");
  if (!file) return std::unexpected(file.error());
  auto config = parse_bundle_config(file->text, file->path);
  if (!config) return std::unexpected(config.error());
  add_annotations(*config, *state);

  const auto manifests = read_candidates(options, *config);
  if (!manifests) return std::unexpected(manifests.error());
  const auto found = matching(*manifests, *config);
  if (found.empty()) return {};
  for (const auto* one : found) report.owners.push_back(one->manifest.owner);
  return settle_container(*state, *config, found, options, patience);
}

Result<void> clean_up(const StageOptions& options, const Patience& patience, Report& report) {
  const auto input = read_input(longest_state, patience);
  if (!input) return std::unexpected(input.error());
  const auto state = parse_state(*input);
  if (!state) return std::unexpected(state.error());
  report.container = state->id;
  clean_after(*state, options);
  return {};
}

using Stage = Result<void> (*)(const StageOptions&, const Patience&, Report&);

int run_stage(std::span<const char* const> arguments, std::string_view name, Stage stage) try {
  start_telling();
  shed_inheritance();
  const auto options = parse_stage_options(arguments);
  if (!options) return ownership::log::fail(options.error());
  if (!confine(name))
    return ownership::log::fail(ownership::system_error("cannot confine", std::string(name), errno));
  const auto deadlines = deadlines_of(*options);
  Report report{options->report, std::string(name), "", {}};
  auto done = stage(*options, Patience(deadlines.end), report);
  if (!done && ownership::Clock::now() >= deadlines.end) done = std::unexpected(late(std::move(done.error()), deadlines));
  const int code = done ? 0 : ownership::log::fail(done.error());
  if (!report.owners.empty() || has_told()) write_report(report, code);
  return code;
} catch (const std::exception& failure) {
  return ownership::log::fail({ExitCode::our_bug, "cannot go on in", std::string(name), failure.what(), ""});
}

std::span<const char* const> options_of(int argc, char** argv) {
  return {argv + 2, static_cast<std::size_t>(argc - 2)};
}

}  // namespace

int run_create(int argc, char** argv) {
  return run_stage(options_of(argc, argv), argv[1] == std::string_view("prestart") ? "prestart" : "createRuntime", create);
}

int run_poststop(int argc, char** argv) {
  const int code = run_stage(options_of(argc, argv), "poststop", clean_up);
  return code == static_cast<int>(ExitCode::usage) ? code : 0;
}

}  // namespace hook
