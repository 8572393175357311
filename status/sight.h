#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ownership/claim.h"
#include "ownership/owner_record.h"

/// What is known of one socket or pid file, its lease, and who has it. Looking changes nothing; between the looks it may.
namespace status {

enum class Lease {
  none,     ///< nobody has ever owned the place
  free,
  held,
  unknown,  ///< we may not know
};

/// What stands at the place.
enum class There {
  nothing,
  dead,     ///< a socket to which nobody is bound; a pid file whose number cannot be the web process
  alive,    ///< somebody is bound to the socket; the process of the pid file may be the web process
  foreign,  ///< neither socket nor pid file
  unknown,  ///< we may not know
};

/// What the launcher that holds the lease says of itself on its control socket.
struct Told {
  std::string phase, owner, container;
  std::string event;  ///< what it logged last
  std::uint64_t generation = 0, restarts = 0, reaped = 0;
  std::int64_t since = 0, started = 0;  ///< seconds since 1970
};

struct Queue {
  std::uint32_t waiting = 0, backlog = 0;
};

struct Stranger {
  pid_t pid = 0;     ///< as we number it
  std::string text;  ///< "gunicorn pid=33 container=3f9c1b2a77de engine=docker"
};

struct Sight {
  std::string path;   ///< as the container sees it
  std::string owner;  ///< what a manifest says; empty where none does
  ownership::Item::Kind kind = ownership::Item::Kind::socket;
  Lease lease = Lease::unknown;
  There there = There::unknown;
  std::string reason;  ///< why anything is unknown; empty
  std::optional<Told> told;
  std::optional<ownership::OwnerRecord> record;  ///< a hint: whoever can write the volume can write it
  std::string stands_by;  ///< the container whose launcher waits for the lease, as far as we look; empty: none
  pid_t web = 0;          ///< the web process, as we number it; 0: not known
  std::string command;    ///< of that process
  std::string container, engine;  ///< where its launcher lives; empty: not known
  std::optional<Queue> queue;
  std::vector<Stranger> strangers;  ///< who is bound to a socket whose lease is nobody's
  /// A container that the hook let start for the owner, and that brings no launcher, serves it.
  bool is_served_by_its_container = false;
};

/// In the words of the manual.
enum class State {
  serving,
  starting,
  stopping,
  restarting,    ///< there is no web process until the back-off ends
  handing_over,
  standing_by,   ///< the launcher here waits until another's lease falls
  nothing,       ///< nobody owns it, and nothing stands there
  stale,
  stranger,
  foreign,
  unanswered,    ///< the lease is held, and no launcher answers
  unknown,
};

/// Pure.
State state_of(const Sight& sight) noexcept;
/// Pure. "handing over".
const char* name_of(State state) noexcept;

/// Pure. The owner that the launcher, a manifest or the owner file names, in this order.
const std::string& owner_of(const Sight& sight) noexcept;

}  // namespace status
