#include "launcher/adopt_notifier.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include "launcher/adopt_call.h"
#include "launcher/adopt_candidates.h"
#include "launcher/adopt_channel.h"
#include "launcher/adopt_decide.h"
#include "launcher/confine.h"
#include "ownership/fd.h"
#include "ownership/log.h"
#include "ownership/unix_diag.h"

namespace launcher {
namespace {

using ownership::Fd;
namespace log = ownership::log;

constexpr int longest_fall_back = 10'000;  // milliseconds that the launcher may take to make way

/// What became of a target so far.
struct Adopted {
  Fd holder;  ///< pidfd of who was given the listener last
  pid_t process = 0;
  bool is_listening = false;
};

class Notifier {
 public:
  explicit Notifier(const NotifierWiring& wiring) noexcept
      : wiring_(wiring), has_fallen_back_(wiring.has_fallen_back) {
    for (std::size_t i = 0; i < states_.size(); ++i) states_[i].is_listening = wiring.listening[i];
  }

  /// Until no process is left whose calls are notified.
  void run() noexcept {
    while (true) {
      pollfd calls{wiring_.notify, POLLIN, 0};
      if (poll(&calls, 1, -1) < 0) continue;
      if ((calls.revents & POLLIN) != 0)
        answer_next();
      else if (calls.revents != 0)
        return;
    }
  }

 private:
  void answer_next() noexcept {
    seccomp_notif notification{};
    if (ioctl(wiring_.notify, SECCOMP_IOCTL_NOTIF_RECV, &notification) != 0) return;
    const auto call = read_call(notification, wiring_.targets);
    // The number in /proc may have passed to another process while we read.
    if (ioctl(wiring_.notify, SECCOMP_IOCTL_NOTIF_ID_VALID, &notification.id) != 0) return;
    seccomp_notif_resp response{notification.id, 0, 0, 0};
    const auto candidate = candidates_.find(call, static_cast<pid_t>(notification.pid));
    act(decide(facts_of(call, candidate)), call, candidate, response);
    ioctl(wiring_.notify, SECCOMP_IOCTL_NOTIF_SEND, &response);
    // Only what was answered: whoever hears of it may do what ends us, and the call would wait for ever.
    if (unreported_)
      send_report(wiring_.channel, {AdoptReport::What::is_listening, static_cast<std::uint8_t>(*unreported_)});
    unreported_.reset();
  }

  /// The target that the call is about; -1: none.
  int target_of(const AdoptCall& call) const noexcept {
    if (call.verb != AdoptVerb::listen) return call.path.leads_to.is_target() ? call.path.leads_to.target : -1;
    if (call.socket.inode == 0) return -1;
    for (std::size_t i = 0; i < wiring_.targets.size(); ++i)
      if (wiring_.targets[i].listener_inode == call.socket.inode) return static_cast<int>(i);
    return -1;
  }

  AdoptFacts facts_of(const AdoptCall& call, const std::optional<AdoptCandidate>& candidate) const noexcept {
    AdoptFacts facts;
    facts.verb = call.verb;
    facts.is_readable = call.is_readable;
    const int target = target_of(call);
    facts.is_of_target = target >= 0;
    facts.moves_target = call.from.leads_to.is_target();
    facts.moves_candidate = candidate.has_value();
    facts.is_on_socket = call.socket.inode != 0;
    facts.is_beside_target = call.path.leads_to.is_beside;
    if (target >= 0) {
      facts.holder = holder_of(target, call.process);
      facts.is_listening = state_of(target).is_listening;
    }
    facts.awaits_bind = awaits_bind();
    facts.is_beside_predecessor = wiring_.is_beside_predecessor;
    facts.has_fallen_back = has_fallen_back_;
    return facts;
  }

  AdoptHolder holder_of(int target, pid_t caller) const noexcept {
    const auto& state = state_of(target);
    if (state.process == 0) return AdoptHolder::nobody;
    pollfd end{state.holder.get(), POLLIN, 0};
    if (!state.holder || poll(&end, 1, 0) != 0) return AdoptHolder::gone;
    return state.process == caller ? AdoptHolder::caller : AdoptHolder::another;
  }

  bool awaits_bind() const noexcept {
    return std::any_of(states_.begin(), states_.begin() + static_cast<std::ptrdiff_t>(wiring_.targets.size()),
                       [](const Adopted& state) { return state.process == 0 && !state.is_listening; });
  }

  void act(AdoptAnswer answer, const AdoptCall& call, const std::optional<AdoptCandidate>& candidate,
           seccomp_notif_resp& response) noexcept {
    const int target = target_of(call);
    response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    switch (answer) {
      case AdoptAnswer::go_on: return;
      case AdoptAnswer::remember: return candidates_.remember(call);
      case AdoptAnswer::serve: return serve(target);
      case AdoptAnswer::fall_back: return fall_back();
      case AdoptAnswer::give: return give(target, call.process, call.socket, response);
      case AdoptAnswer::give_renamed: return give_renamed(target, *candidate, response);
      case AdoptAnswer::pretend: return reply(response, 0);
      case AdoptAnswer::refuse_connection: return reply(response, ECONNREFUSED);
      case AdoptAnswer::in_use: return reply(response, EADDRINUSE);
      case AdoptAnswer::deny:
        log::warning("refused a bind of the web process", "",
                     "its memory cannot be read, and its predecessor still serves");
        return reply(response, EACCES);
    }
  }

  static void reply(seccomp_notif_resp& response, int number) noexcept {
    response.flags = 0;
    response.error = -number;
  }

  void serve(int target) noexcept {
    auto& state = state_of(target);
    if (state.is_listening) return;
    state.is_listening = true;
    unreported_ = target;
  }

  void fall_back() noexcept {
    has_fallen_back_ = true;
    if (!send_report(wiring_.channel, {AdoptReport::What::must_fall_back, 0})) return;
    pollfd answer{wiring_.channel, POLLIN, 0};
    poll(&answer, 1, longest_fall_back);
  }

  void give(int target, pid_t process, CallerSocket socket, seccomp_notif_resp& response) noexcept {
    const auto& listener = wiring_.targets[static_cast<std::size_t>(target)].listener;
    // Of the open socket, not of the descriptor: it is the same for all who hold the listener, and we do not accept.
    const int flags = fcntl(listener, F_GETFL);
    fcntl(listener, F_SETFL, (flags & ~O_NONBLOCK) | (socket.flags & O_NONBLOCK));
    seccomp_notif_addfd placed{};
    placed.id = response.id;
    placed.flags = SECCOMP_ADDFD_FLAG_SETFD;
    placed.srcfd = static_cast<std::uint32_t>(listener);
    placed.newfd = static_cast<std::uint32_t>(socket.descriptor);
    placed.newfd_flags = static_cast<std::uint32_t>(socket.flags & O_CLOEXEC);
    if (ioctl(wiring_.notify, SECCOMP_IOCTL_NOTIF_ADDFD, &placed) < 0) {
      log::warning("cannot give the web process its listener", wiring_.targets[static_cast<std::size_t>(target)].path,
                   strerrordesc_np(errno));
      return reply(response, EADDRINUSE);
    }
    auto& state = state_of(target);
    state.process = process;
    state.holder.reset(static_cast<int>(syscall(SYS_pidfd_open, process, 0)));
    state.is_listening = false;
    if (!wiring_.targets[static_cast<std::size_t>(target)].listens_by_call) serve(target);
    reply(response, 0);
  }

  void give_renamed(int target, const AdoptCandidate& given, seccomp_notif_resp& response) noexcept {
    const int directory = wiring_.targets[static_cast<std::size_t>(target)].directory;
    const char* const name = given.path.room.data();
    const auto seen = ownership::look(directory, name);
    const auto sockets = ownership::bound_sockets(seen.identity, given.path.name());
    const bool is_its_own = sockets && sockets->count == 1 && sockets->found[0].inode == given.socket.inode;
    give(target, given.process, given.socket, response);
    if (response.error != 0) return;
    // Some servers look whether it listens already, and then do not call listen(2).
    serve(target);
    // As rename(2) would leave it. The socket itself is closed only when the caller goes on.
    const ownership::Fd now(openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (is_its_own && now && ownership::identity_of(now.get()) == seen.identity) unlinkat(directory, name, 0);
  }

  Adopted& state_of(int target) noexcept { return states_[static_cast<std::size_t>(target)]; }
  const Adopted& state_of(int target) const noexcept { return states_[static_cast<std::size_t>(target)]; }

  const NotifierWiring& wiring_;
  std::array<Adopted, max_adopted> states_;
  AdoptCandidates candidates_;
  std::optional<int> unreported_;  ///< a target that listens since the call that is being answered
  bool has_fallen_back_;
};

/// Closes all but the standard descriptors and what is needed.
void keep_only(const NotifierWiring& wiring) noexcept {
  std::array<int, 2 * max_adopted + 2> kept;
  std::size_t count = 0;
  kept[count++] = wiring.notify;
  kept[count++] = wiring.channel;
  for (const auto& target : wiring.targets) {
    kept[count++] = target.listener;
    kept[count++] = target.directory;
  }
  std::sort(kept.begin(), kept.begin() + static_cast<std::ptrdiff_t>(count));
  int next = STDERR_FILENO + 1;
  for (std::size_t i = 0; i < count; ++i) {
    if (kept[i] > next) syscall(SYS_close_range, next, kept[i] - 1, 0);
    next = std::max(next, kept[i] + 1);
  }
  syscall(SYS_close_range, next, ~0U, 0);
}

}  // namespace

ownership::Result<void> start_notifier(const NotifierWiring& wiring) {
  if (wiring.targets.size() > max_adopted)
    return std::unexpected(ownership::system_error("cannot adopt so many sockets for", "the web process", E2BIG));
  const pid_t pid = fork();
  if (pid < 0)
    return std::unexpected(ownership::system_error("cannot fork the notifier for", "the web process", errno));
  if (pid > 0) return {};
  prctl(PR_SET_NAME, "solinit-adopt");
  keep_only(wiring);
  confine_notifier();
  Notifier(wiring).run();
  _exit(0);
}

}  // namespace launcher
