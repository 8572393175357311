#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>

#include "tests/chaos/children.h"
#include "tests/chaos/fault.h"
#include "tests/chaos/place.h"

namespace chaos {

/// What a container is made of.
struct Recipe {
  std::string id;       ///< "red.12": its host name, its web process's name, and what solinit calls it
  std::string owner;    ///< the mark of its web process
  std::string volume;   ///< on the host; at /run/shop inside
  std::string manifest; ///< its text
  Variant variant;
  Words web;            ///< the command of the web process
  bool is_blind = false;  ///< without solinit
};

/// What every container sees: solinit, the witness, and places for mounts.
void make_rootfs(const std::string& path);

/// A container of bare runc, whose engine we are. Killed and gone when this object is.
class Container {
 public:
  Container(const Place& place, Children& children, Recipe recipe);
  Container(const Container&) = delete;
  Container& operator=(const Container&) = delete;
  ~Container();

  const Recipe& recipe() const noexcept { return recipe_; }
  const std::string& id() const noexcept { return recipe_.id; }
  /// Starts it, or again after its end. What runc refuses is in log().
  bool start();
  /// Its exit status, or 128 + the signal; nothing while it runs.
  std::optional<int> exit_code();
  bool runs() { return !exit_code(); }

  pid_t first() const noexcept { return first_; }
  pid_t launcher() const;       ///< solinit with the manifest; -1: there is none
  pid_t web_process() const;    ///< its top; -1: there is none
  void signal(pid_t process, int number) const;
  void kill_all();
  void pause();
  void resume();
  /// `runc exec`; its exit status.
  int execute(const Words& command, milliseconds limit);
  std::string log() const;  ///< of its processes, and of runc

 private:
  Words runtime() const;
  int runc(const Words& words, milliseconds limit = milliseconds(60000));
  std::string config() const;
  bool is_inside(pid_t process) const;

  const Place& place_;
  Children& children_;
  Recipe recipe_;
  std::string bundle_, log_;
  pid_t first_ = -1;
  Moment started_{};
  std::optional<int> exit_code_;
};

/// How many web processes of an owner live at one instant: groups of processes, for each is started in one of its own.
std::size_t groups_of(const std::vector<pid_t>& processes);
/// A field of /proc/PID/stat by its number in proc(5), which begins with 3 after the name; empty: it is gone.
std::string stat_field(pid_t process, int number);

}  // namespace chaos
