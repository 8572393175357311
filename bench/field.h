#pragma once

#include <string>
#include <vector>

#include "bench/running.h"

/// Every measurement runs its contestants in turn, A B C … A B C …, and compares the samples of one turn: what disturbs
/// the machine disturbs them all.
namespace bench {

struct Contestant {
  std::string name;
  std::vector<std::string> words;  ///< what stands before the child's command; of the bare child nothing
  std::string socket;              ///< where its child listens
  bool is_ours = false;
  bool has_manifest = false;
  bool finds_stale_socket = false;
  bool only_starts = false;  ///< tells nothing in the other measurements

  bool is_bare() const { return words.empty(); }
  bool is_peer() const { return !is_ours && !is_bare(); }
};

struct Field {
  std::vector<Contestant> contestants;
  std::string child;           ///< bench_child
  std::string launcher, hook;  ///< solinit and solinit-hook

  /// The contestants without the bare child and those that only start.
  std::vector<Contestant> inits() const;
  /// `contestant` with the child in a role.
  std::vector<std::string> command(const Contestant& contestant, const std::string& role, bool listens = false) const;
  /// All of them at once, each with a child in the role that has reported.
  std::vector<Running> start(const std::vector<Contestant>& contestants, const std::string& role) const;
};

}  // namespace bench
