#include "launcher/draft.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

#include "launcher/answer.h"
#include "launcher/confine.h"
#include "launcher/options.h"
#include "launcher/personality.h"
#include "launcher/planner.h"
#include "manifests/parse.h"
#include "manifests/print.h"
#include "manifests/substitute.h"
#include "ownership/fd.h"

namespace launcher {
namespace {

using manifests::Manifest;
using ownership::Error;
using ownership::ExitCode;
using ownership::Fd;
using ownership::Result;
using ownership::log::Format;

constexpr const char* cannot_read = "cannot read the manifest";

Error cannot_open(const std::string& path, int number) {
  const bool is_denied = number == EACCES || number == EPERM;
  const bool is_absent = number == ENOENT || number == ENOTDIR || number == ELOOP || number == ENAMETOOLONG;
  const auto code = is_denied   ? ExitCode::not_permitted
                    : is_absent ? ExitCode::bad_manifest
                                : ExitCode::system_call;
  return ownership::system_error(cannot_read, path, number, code);
}

/// Never waits: a FIFO is opened at once and then refused.
Result<Fd> open_manifest(int directory, const std::string& path) {
  Fd file(openat(directory, path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  struct stat status{};
  if (!file || fstat(file.get(), &status) != 0) return std::unexpected(cannot_open(path, errno));
  if (!S_ISREG(status.st_mode))
    return std::unexpected(Error{ExitCode::bad_manifest, cannot_read, path, "not a regular file", ""});
  return file;
}

/// One byte more than a manifest may have, so that the parser sees that there is too much.
Result<std::string> read_text(const Fd& file, const std::string& path) {
  std::string text(manifests::max_size + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const auto got = read(file.get(), text.data() + size, text.size() - size);
    if (got < 0) return std::unexpected(cannot_open(path, errno));
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  text.resize(size);
  return text;
}

Answer answer_complaints(const std::vector<manifests::Complaint>& complaints, Format format) {
  Answer answer{static_cast<int>(ExitCode::bad_manifest), "", ""};
  for (const auto& complaint : complaints)
    answer.err += error_line({ExitCode::bad_manifest, manifests::format(complaint), "", "", ""}, format);
  return answer;
}

std::variant<Manifest, Answer> load(int directory, const std::string& path, Format format) {
  auto file = open_manifest(directory, path);
  if (!file) return answer_with(file.error(), format);
  confine();
  const auto text = read_text(*file, path);
  if (!text) return answer_with(text.error(), format);
  auto manifest = manifests::parse(*text, path);
  if (!manifest) return answer_complaints(manifest.error(), format);
  return std::move(*manifest);
}

Error usage(const Options& options, std::string what, std::string why, std::string advice) {
  const auto code = static_cast<ExitCode>(usage_exit_code(options.plan.personality));
  return {code, std::move(what), "", std::move(why), std::move(advice)};
}

std::string find_manifest(const Options& options) {
  if (!options.manifest_path.empty()) return options.manifest_path;
  // One that is there and cannot be read is an error: ignored, it would leave the sockets unowned.
  const bool is_there = faccessat(AT_FDCWD, default_manifest.data(), F_OK, 0) == 0 || errno == EACCES;
  return is_there ? std::string(default_manifest) : std::string();
}

std::variant<Draft, Answer> without_manifest(Options options) {
  if (options.checks_only)
    return answer_with(usage(options, "nothing to check", "no manifest was named",
                             "solinit --check FILE"), options.plan.format);
  if (options.takeover)
    return answer_with(usage(options, "cannot use --takeover", "there is no manifest", "name one with --manifest"),
                       options.plan.format);
  if (options.plan.question != Question::none && options.plan.question != Question::explain)
    return answer_with(usage(options, "nothing to ask for", "there is no manifest", "name one with --manifest"),
                       options.plan.format);
  if (options.plan.question == Question::none && options.first_argument == 0 && !options.plan.pauses)
    return answer_with(usage(options, "no command to run", "neither the command line nor a manifest names one",
                             "solinit COMMAND [ARGUMENT]..."), options.plan.format);
  return Draft{std::move(options.plan), static_cast<std::uint32_t>(options.first_argument)};
}

}  // namespace

std::variant<Draft, Answer> draft_plan(std::span<const char* const> arguments, char* const* environment,
                                       int directory) {
  auto understood = parse_options(arguments, environment);
  if (auto* answer = std::get_if<Answer>(&understood)) return std::move(*answer);
  auto& options = std::get<Options>(understood);
  const auto path = find_manifest(options);
  if (path.empty() || options.plan.pauses) return without_manifest(std::move(options));

  auto loaded = load(directory, path, options.plan.format);
  if (auto* answer = std::get_if<Answer>(&loaded)) return std::move(*answer);
  auto& manifest = std::get<Manifest>(loaded);
  if (options.takeover) manifest.takeover.policy = *options.takeover;
  if (options.checks_only) return Answer{0, manifests::print(manifest), ""};
  if (options.plan.question == Question::none && options.first_argument == 0 && manifest.command.empty())
    return answer_with(usage(options, "no command to run", "neither the command line nor " + path + " names one",
                             "set command: in it, or add -- COMMAND [ARGUMENT]..."), options.plan.format);
  options.plan.manifest = std::move(manifest);
  options.plan.manifest_path = path;
  return Draft{std::move(options.plan), static_cast<std::uint32_t>(options.first_argument)};
}

Plan complete(Draft draft, std::span<const char* const> arguments) {
  auto& plan = draft.plan;
  if (draft.first_argument != 0 && draft.first_argument < arguments.size()) {
    const auto command = arguments.subspan(draft.first_argument);
    plan.command.assign(command.begin(), command.end());
  } else if (plan.manifest) {
    plan.command = plan.manifest->command;
  }
  if (!plan.manifest) return std::move(plan);
  for (auto& argument : plan.command) argument = manifests::substitute(argument, *plan.manifest);
  return std::move(plan);
}

}  // namespace launcher
