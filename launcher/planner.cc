#include "launcher/planner.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <exception>
#include <string>

#include "launcher/answer.h"
#include "launcher/confine.h"
#include "launcher/draft.h"
#include "launcher/personality.h"
#include "launcher/plan_flat.h"
#include "ownership/fd.h"
#include "ownership/write_whole.h"

namespace launcher {
namespace {

using ownership::Error;
using ownership::ExitCode;
using ownership::Fd;
using std::chrono::steady_clock;
using Outcome = std::variant<Draft, Answer>;
using Arguments = std::span<const char* const>;

constexpr std::chrono::seconds time_limit{10};
constexpr std::size_t size_limit = std::size_t{4} << 20;

std::variant<Plan, Answer> answer(Error error) { return answer_with(error, ownership::log::Format::text); }

std::variant<Plan, Answer> no_plan(std::string why, ExitCode code) {
  return answer({code, "cannot plan the start", "", std::move(why), "see the manifest and the command line"});
}

[[noreturn]] void plan_in_child(int out, Arguments arguments, int directory) noexcept {
  limit_ourselves({});
  Outcome outcome;
  try {
    outcome = draft_plan(arguments, environ, directory);
    _exit(ownership::write_whole(out, encode(outcome)) ? 0 : 1);
  } catch (const std::exception&) {
    _exit(1);
  }
}

struct Hearing {
  std::string bytes;
  bool is_whole = false;
  bool is_late = false;
};

/// Until end of file, the time limit or the size limit. Every signal is blocked: nothing interrupts this.
Hearing hear(int descriptor) {
  Hearing heard;
  const auto end = steady_clock::now() + time_limit;
  std::array<char, 4096> room;
  while (heard.bytes.size() <= size_limit) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - steady_clock::now()).count();
    pollfd incoming{descriptor, POLLIN, 0};
    const int ready = left <= 0 ? 0 : poll(&incoming, 1, static_cast<int>(left));
    if (ready == 0) heard.is_late = true;
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return heard;
    const auto size = read(descriptor, room.data(), room.size());
    if (size == 0) heard.is_whole = true;
    if (size <= 0) return heard;
    heard.bytes.append(room.data(), static_cast<std::size_t>(size));
  }
  return heard;
}

int end_child(pid_t child, bool has_ended) noexcept {
  if (!has_ended) kill(child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

std::variant<Plan, Answer> plan_by_child(Arguments arguments, int directory) {
  std::array<int, 2> ends;
  if (pipe2(ends.data(), O_CLOEXEC) != 0)
    return answer(ownership::system_error("cannot plan the start", "", errno));
  const Fd in(ends[0]);
  Fd out(ends[1]);
  const pid_t child = fork();
  if (child < 0) return answer(ownership::system_error("cannot fork to plan the start", "", errno));
  if (child == 0) plan_in_child(out.get(), arguments, directory);
  out.reset();

  const auto heard = hear(in.get());
  const int status = end_child(child, heard.is_whole);
  if (heard.is_late) return no_plan("it takes more than 10 s", ExitCode::bad_manifest);
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && heard.is_whole)
    return no_plan("it takes more than 5 s of processor time, or was killed", ExitCode::bad_manifest);
  if (WIFSIGNALED(status) && heard.is_whole)
    return no_plan(std::string("the process that reads them died of SIG") + sigabbrev_np(WTERMSIG(status)),
                   ExitCode::our_bug);
  if (!heard.is_whole || WEXITSTATUS(status) != 0)
    return no_plan("it takes more memory than it may have", ExitCode::bad_manifest);

  auto outcome = decode(heard.bytes);
  if (!outcome) return no_plan("the process that reads them sent nonsense", ExitCode::our_bug);
  if (auto* answered = std::get_if<Answer>(&*outcome)) return std::move(*answered);
  return complete(std::move(std::get<Draft>(*outcome)), arguments);
}

bool concerns_us(std::string_view variable) noexcept {
  constexpr std::array<std::string_view, 5> prefixes{"SOLINIT_MANIFEST=", "SOLINIT_LOG_FORMAT=", "TINI_", "DUMB_INIT_",
                                                     "CATATONIT_"};
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](std::string_view prefix) { return variable.starts_with(prefix); });
}

}  // namespace

std::optional<int> plain_command(int argc, char* const* argv, char* const* environment) noexcept {
  if (argc < 2) return std::nullopt;
  const std::string_view first = argv[1];
  const bool is_marked = first == "--";
  if (is_marked ? argc < 3 : first.starts_with('-')) return std::nullopt;
  for (; *environment != nullptr; ++environment)
    if (concerns_us(*environment)) return std::nullopt;
  if (access(default_manifest.data(), F_OK) == 0 || errno == EACCES) return std::nullopt;
  return is_marked ? 2 : 1;
}

std::variant<Plan, Answer> make_plan(int argc, char* const* argv, const Inherited& inherited) noexcept try {
  if (const auto first = plain_command(argc, argv, environ)) {
    auto plan = plain_plan(personality_of(argv[0]));
    plan.command.assign(argv + *first, argv + argc);
    return plan;
  }
  const int directory = inherited.cwd ? inherited.cwd.get() : AT_FDCWD;
  return plan_by_child({argv, static_cast<std::size_t>(argc)}, directory);
} catch (const std::exception&) {
  // The texts of an Error would need the memory that there is not.
  return Answer{static_cast<int>(ExitCode::system_call), {}, {}};
}

}  // namespace launcher
