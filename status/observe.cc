#include "status/observe.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "control/control_socket.h"
#include "ownership/bearers.h"
#include "ownership/every_network.h"
#include "ownership/pid_file.h"
#include "status/process.h"

namespace status {
namespace {

using ownership::Fd;
using ownership::Item;
using ownership::Place;
using ownership::Reach;

constexpr std::chrono::milliseconds answer_limit{2000};

/// Whoever answers may say anything: what no calendar has is not known.
std::int64_t time_from(std::uint64_t seconds) noexcept {
  constexpr std::uint64_t end_of_9999 = 253'402'300'799;
  return seconds <= end_of_9999 ? static_cast<std::int64_t>(seconds) : 0;
}

/// Looks at one place, step by step.
class Observation {
 public:
  Observation(const Item& item, const Place& place, Reach reach, ownership::Deadline end)
      : place_(place), reach_(reach), end_(end) {
    sight_.path = item.path;
    sight_.kind = item.kind;
    records_.reset(openat(place.directory.get(), ownership::records_name,
                          O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    is_hidden_ = !records_ && errno != ENOENT;
    if (is_hidden_) sight_.reason = std::string(ownership::records_name) + ": " + strerrordesc_np(errno);
  }

  Sight run() {
    ask_launcher();
    look_at_lease();
    if (sight_.kind == Item::Kind::socket)
      look_at_socket();
    else
      look_at_pid_file();
    if (records_) sight_.record = ownership::read_owner_record(records_.get(), place_.name);
    return std::move(sight_);
  }

 private:
  const char* name() const noexcept { return place_.name.c_str(); }

  void doubt(const char* what, int reason) {
    if (sight_.reason.empty()) sight_.reason = std::string(what) + ": " + strerrordesc_np(reason);
  }

  void ask_launcher() {
    const Fd connection = records_ ? control::connect_to(records_.get(), place_.name) : Fd();
    if (!connection || !control::send_message(connection.get(), {.verb = control::Verb::status})) return;
    const ownership::Patience patience(std::min(end_, ownership::Clock::now() + answer_limit));
    const auto received = std::make_unique<control::Received>();
    if (patience.wait(connection.get(), POLLIN) != ownership::Woke::ready) return;
    if (control::receive(connection.get(), *received) != control::Receipt::message) return;
    const auto answer = control::parse_message(received->text());
    if (!answer || answer->verb != control::Verb::state) return;
    sight_.told = Told{std::string(answer->phase),
                       std::string(answer->owner),
                       std::string(answer->container),
                       std::string(answer->why),
                       answer->generation,
                       answer->restarts,
                       answer->reaped,
                       time_from(answer->since),
                       time_from(answer->started)};
    look_at_launcher(connection.get(), static_cast<pid_t>(answer->web));
  }

  /// SO_PEERCRED numbers it as we do; 0 where our pid namespace does not see it.
  void look_at_launcher(int connection, pid_t web) {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0) launcher_ = peer.pid;
    sight_.container = sight_.told->container;
    if (launcher_ <= 0) return;
    if (reach_ == Reach::whole_host) {
      auto residence = ownership::residence_of(launcher_);
      if (!residence.container.empty()) sight_.container = residence.container;
      sight_.engine = std::move(residence.engine);
    }
    sight_.web = child_numbered(launcher_, web);
    if (sight_.web != 0) sight_.command = command_of(sight_.web);
  }

  void look_at_lease() {
    if (!records_) {
      sight_.lease = is_hidden_ ? Lease::unknown : Lease::none;
      return;
    }
    const Fd lease(openat(records_.get(), (place_.name + ".lease").c_str(),
                          O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    struct stat status {};
    if (!lease && errno == ENOENT) {
      sight_.lease = Lease::none;
      return;
    }
    if (!lease) return doubt("its lease", errno);
    if (fstat(lease.get(), &status) != 0 || !S_ISREG(status.st_mode)) return doubt("its lease", EINVAL);
    if (sight_.told || flock(lease.get(), LOCK_SH | LOCK_NB) != 0)
      sight_.lease = sight_.told || errno == EWOULDBLOCK ? Lease::held : Lease::unknown;
    else
      sight_.lease = Lease::free;
    if (sight_.told && reach_ == Reach::own_namespaces) look_who_stands_by(lease.get());
  }

  /// In our own container: a launcher here that has the lease file open, while that of another container answers.
  void look_who_stands_by(int lease) {
    const auto here = ownership::this_container();
    if (sight_.told->container == here) return;
    if (ownership::find_lease_waiters(lease, reach_).list.empty()) return;
    sight_.stands_by = here;
  }

  void look_at_socket() {
    const auto seen = ownership::look(place_.directory.get(), name());
    switch (seen.entry) {
      case ownership::Entry::nothing: sight_.there = There::nothing; return;
      case ownership::Entry::other: sight_.there = There::foreign; return;
      case ownership::Entry::unknown: return doubt("the socket", seen.reason);
      case ownership::Entry::socket: break;
    }
    if (seen.bound == ownership::Bound::unknown) return doubt("the socket", seen.reason);
    sight_.there = seen.bound == ownership::Bound::nobody ? There::dead : There::alive;
    if (sight_.there == There::alive) look_at_queue(seen);
  }

  void look_at_queue(const ownership::Sighting& seen) {
    const bool is_elsewhere = reach_ == Reach::whole_host && launcher_ > 0;
    const auto sockets = is_elsewhere ? ownership::sockets_in_network_of(launcher_, seen.identity, place_.name)
                                      : ownership::bound_sockets(seen.identity, place_.name);
    if (sockets && sockets->count == 1 && sockets->found[0].backlog != 0)
      sight_.queue = Queue{sockets->found[0].waiting, sockets->found[0].backlog};
    if (sight_.lease != Lease::none && sight_.lease != Lease::free) return;
    for (const auto& holder : ownership::find_holders(seen.identity, place_.name, reach_).list) {
      sight_.strangers.push_back({holder.pid, std::string(holder.status.name()) + " pid=" + std::to_string(holder.pid) +
                                                  ownership::describe(holder.residence)});
      if (sight_.web != 0) continue;
      sight_.web = holder.pid;
      sight_.command = command_of(holder.pid);
      sight_.container = holder.residence.container;
      sight_.engine = holder.residence.engine;
    }
  }

  /// Its number is of the container's pid namespace, so from outside nothing follows from it.
  void look_at_pid_file() {
    const auto seen = ownership::look_at_pid_file(place_.directory.get(), name());
    if (seen.entry == ownership::Entry::nothing) sight_.there = There::nothing;
    if (seen.entry == ownership::Entry::unknown) doubt("the pid file", seen.reason);
    if (seen.entry != ownership::Entry::other && seen.entry != ownership::Entry::socket) return;
    if (seen.verdict == ownership::PidVerdict::foreign)
      sight_.there = There::foreign;
    else if (reach_ == Reach::own_namespaces)
      sight_.there = seen.verdict == ownership::PidVerdict::stale ? There::dead : There::alive;
  }

  const Place& place_;
  Reach reach_;
  ownership::Deadline end_;
  Fd records_;
  bool is_hidden_ = false;
  pid_t launcher_ = 0;
  Sight sight_;
};

}  // namespace

Sight observe(const Item& item, const Place& place, Reach reach, ownership::Deadline end) {
  return Observation(item, place, reach, end).run();
}

Sight observe(const Item& item) {
  const auto place = ownership::open_place(item.path);
  if (place) return observe(item, *place, Reach::own_namespaces, ownership::Clock::now() + answer_limit);
  Sight sight;
  sight.path = item.path;
  sight.kind = item.kind;
  sight.reason = place.error().why + (place.error().advice.empty() ? "" : ": " + place.error().advice);
  return sight;
}

}  // namespace status
