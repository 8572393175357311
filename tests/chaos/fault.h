#pragma once

#include <chrono>
#include <cstdint>
#include <random>
#include <string>

namespace chaos {

using std::chrono::milliseconds;

/// What the adversary does to one owner. Each begins and ends with one container that serves.
enum class Kind {
  kill_web,             ///< SIGKILL of the web process, whose launcher starts it again
  kill_launcher,        ///< SIGKILL of the launcher alone, where another init stands above it; else of PID 1
  kill_container,       ///< SIGKILL of all its processes
  stop_web,             ///< SIGSTOP, and later SIGCONT
  stop_launcher,
  freeze,               ///< runc pause, and later runc resume
  reload,               ///< solinit --restart
  restart,              ///< SIGTERM, and the same container again
  redeploy,
  redeploy_killed,      ///< and one of the two containers is killed meanwhile
  redeploy_frozen,      ///< and one of the two is frozen meanwhile
  redeploy_broken,      ///< of a web process that ends at once
  remove_socket,
  remove_control,       ///< web.sock.ctl
  remove_record,        ///< web.sock.owner
  second_server,        ///< executed in the container; it unlinks the path and binds it
  restart_superseded,   ///< as an engine does that restarts always
  replace_by_superseded ///< the same, and then the serving container is killed
};
inline constexpr int kind_count = 18;

/// How a container is made.
struct Variant {
  bool adopts = false;       ///< activation: adopt, in place of inherit
  bool is_nested = false;    ///< the launcher is not PID 1: a plain init stands above it
  bool has_workers = false;  ///< the web process has children, which outlive it when it is killed
  int clock_days = 0;        ///< by so much are CLOCK_MONOTONIC and CLOCK_BOOTTIME moved
};

/// All that is left to chance in one fault, drawn before it begins: so a seed means the same faults on every machine.
struct Fault {
  Kind kind = Kind::redeploy;
  Variant variant, second;  ///< of the containers it makes
  bool hits_newcomer = false;
  bool hits_launcher_alone = false;
  milliseconds delay{};   ///< of what happens during a redeploy, from its beginning
  milliseconds length{};  ///< of what is temporary
  milliseconds pause{};   ///< before the next fault
};

using Chance = std::mt19937_64;

/// Pure: the next fault, and how the next container is made.
Fault draw(Chance& chance);
Variant draw_variant(Chance& chance);

const char* name_of(Kind kind);
/// "redeploy_killed newcomer after 120 ms [adopt nested workers clock+40d]": for the journal.
std::string describe(const Fault& fault);
std::string describe(const Variant& variant);

}  // namespace chaos
