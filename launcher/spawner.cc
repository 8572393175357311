#include "launcher/spawner.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <exception>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "control/control_socket.h"
#include "launcher/inherited.h"
#include "ownership/log.h"

namespace launcher {
namespace {

using control::Receipt;
using control::Received;
using ownership::Error;
using ownership::ExitCode;
using ownership::Fd;
using ownership::Result;
using Step = ExecReport::Step;

/// What comes with an order to start: the report pipe, then so many descriptors of each kind, in this order.
struct Parcel {
  std::uint8_t kept = 0;
  std::uint8_t listeners = 0;
  std::uint8_t channels = 0;  ///< one where the web process is watched

  std::size_t size() const noexcept { return std::size_t{1} + kept + listeners + channels; }
};

/// The spawner's first word, after which it holds nothing of the launcher's.
constexpr std::string_view ready = "ready";
constexpr int longest_wait = 1000;

void obey(SpawnRequest request, const Received& received) noexcept {
  Parcel parcel;
  if (received.descriptor_count == 0) return;
  const int report = received.descriptors[0].get();
  const auto refuse = [report](int number) {
    const ExecReport failure{Step::fork, number};
    [[maybe_unused]] const auto written = write(report, &failure, sizeof failure);
  };
  if (received.size != sizeof parcel) return refuse(EINVAL);
  std::memcpy(&parcel, received.room.data(), sizeof parcel);
  if (received.is_truncated || received.descriptor_count != parcel.size()) return refuse(EMFILE);

  std::array<int, control::max_descriptors> numbers;
  std::transform(received.descriptors.begin(), received.descriptors.end(), numbers.begin(),
                 [](const Fd& descriptor) { return descriptor.get(); });
  request.kept = std::span(numbers).subspan(1, parcel.kept);
  request.listeners = std::span(numbers).subspan(std::size_t{1} + parcel.kept, parcel.listeners);
  request.watching.channel = numbers[parcel.size() - 1];
  if (parcel.channels == 0) request.watching = {};
  if (const int number = spawn_beside(request, report); number != 0) refuse(number);
}

[[noreturn]] void serve(const SpawnRequest& request, int channel) noexcept {
  prctl(PR_SET_NAME, "solinit-spawner");
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // Above all no lease, no life line and no listener, which would live longer by it.
  let_go_of_ours(request.inherited, channel);
  if (!control::send_packet(channel, ready, {})) _exit(0);
  while (true) {
    pollfd asked{channel, POLLIN, 0};
    poll(&asked, 1, -1);
    Received received;
    const auto receipt = control::receive(channel, received);
    if (receipt == Receipt::hung_up) _exit(0);
    if (receipt == Receipt::message) obey(request, received);
  }
}

/// Nothing when there is none, or none yet.
std::optional<ExecReport> read_report(int pipe) noexcept {
  ExecReport report;
  if (read(pipe, &report, sizeof report) != static_cast<ssize_t>(sizeof report)) return std::nullopt;
  return report;
}

/// A descriptor is closed a moment before or after the others of a process that ends.
bool hangs_up(int channel) noexcept {
  constexpr int longest = 100;
  pollfd end{channel, 0, 0};
  return poll(&end, 1, longest) == 1;
}

/// Final, where errors of the system may pass.
std::unexpected<Error> lost(const std::string& command) {
  return std::unexpected(Error{ExitCode::not_executable, "cannot start", command,
                               "the process that starts it was killed", "start the container again"});
}

}  // namespace

Result<Spawner> Spawner::start(const SpawnRequest& request) noexcept try {
  std::array<int, 2> ends;
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return std::unexpected(ownership::system_error("cannot make a channel to", "the spawner", errno));
  Fd ours(ends[0]);
  const Fd theirs(ends[1]);
  // No signal in the flags: that is what makes wait(2) pass over it.
  const auto pid = syscall(SYS_clone, 0, nullptr, nullptr, nullptr, nullptr);
  if (pid == 0) serve(request, theirs.get());
  if (pid < 0) return std::unexpected(ownership::system_error("cannot fork", "the spawner", errno));
  Spawner spawner(static_cast<pid_t>(pid), std::move(ours));
  pollfd says{spawner.descriptor(), POLLIN, 0};
  std::array<char, ready.size()> word;
  if (poll(&says, 1, longest_wait) == 1 && recv(spawner.descriptor(), word.data(), word.size(), MSG_DONTWAIT) > 0)
    return spawner;
  spawner.dismiss();
  return std::unexpected(ownership::system_error("cannot use", "the spawner", ETIMEDOUT));
} catch (const std::exception&) {
  return std::unexpected(Error{ExitCode::system_call, {}, {}, {}, {}});
}

Result<Spawned> Spawner::spawn(const SpawnRequest& request, std::chrono::milliseconds limit) noexcept try {
  const auto& command = request.command.front();
  if (!channel_) return lost(command);
  auto pipe = make_report_pipe(command);
  if (!pipe) return std::unexpected(std::move(pipe.error()));

  const Parcel parcel{static_cast<std::uint8_t>(request.kept.size()),
                      static_cast<std::uint8_t>(request.listeners.size()),
                      static_cast<std::uint8_t>(request.watching.filter.empty() ? 0 : 1)};
  std::array<int, control::max_descriptors> numbers;
  if (parcel.size() > numbers.size())
    return std::unexpected(ownership::system_error("cannot start", command, E2BIG));
  auto next = numbers.begin();
  *next++ = pipe->write.get();
  next = std::copy(request.kept.begin(), request.kept.end(), next);
  next = std::copy(request.listeners.begin(), request.listeners.end(), next);
  *next = request.watching.channel;
  std::array<char, sizeof parcel> bytes;
  std::memcpy(bytes.data(), &parcel, sizeof parcel);
  if (!control::send_packet(channel_.get(), {bytes.data(), bytes.size()}, std::span(numbers).first(parcel.size()))) {
    if (errno != EPIPE && errno != ECONNRESET)
      return std::unexpected(ownership::system_error("cannot start", command, errno));
    bury();
    return lost(command);
  }
  pipe->write.reset();

  pollfd answers{pipe->read.get(), POLLIN, 0};
  const bool is_answered = poll(&answers, 1, static_cast<int>(limit.count())) == 1;
  auto report = read_report(pipe->read.get());
  if (!report && !is_answered) {
    // What it has forked by now says so, or finds that nobody listens and ends itself.
    bury();
    report = read_report(pipe->read.get());
  }
  if (!report && channel_ && !hangs_up(channel_.get()))
    return std::unexpected(ownership::system_error("cannot start", command, EMFILE));
  if (!report) return bury(), lost(command);
  if (report->step != Step::begun)
    return std::unexpected(ownership::system_error("cannot fork for", command, report->number));
  // Also in the child, whoever comes first: a signal to the group must find it.
  if (!request.own_session) setpgid(report->number, report->number);
  return Spawned{report->number, std::move(pipe->read)};
} catch (const std::exception&) {
  return std::unexpected(Error{ExitCode::system_call, {}, {}, {}, {}});
}

void Spawner::bury() noexcept {
  if (!channel_) return;
  dismiss();
  ownership::log::warning("the spawner was killed", "", "the web process cannot be started again in this container");
}

void Spawner::dismiss() noexcept {
  if (!channel_) return;
  channel_.reset();
  kill_and_reap(pid_);
}

}  // namespace launcher
