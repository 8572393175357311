#include "status/sight.h"

#include <array>
#include <string_view>
#include <utility>

namespace status {
namespace {

/// The phases of a launcher's life, as its control socket names them.
constexpr std::array<std::pair<std::string_view, State>, 9> phases{{{"starting", State::starting},
                                                                    {"serving", State::serving},
                                                                    {"draining", State::handing_over},
                                                                    {"handing-over", State::handing_over},
                                                                    {"stopping", State::stopping},
                                                                    {"sweeping", State::stopping},
                                                                    {"purging", State::stopping},
                                                                    {"gone", State::stopping},
                                                                    {"backing-off", State::restarting}}};

State state_in(std::string_view phase) noexcept {
  for (const auto& [name, state] : phases)
    if (name == phase) return state;
  return State::unknown;
}

State state_unowned(There there) noexcept {
  switch (there) {
    case There::nothing: return State::nothing;
    case There::dead: return State::stale;
    case There::alive: return State::stranger;
    case There::foreign: return State::foreign;
    case There::unknown: break;
  }
  return State::unknown;
}

}  // namespace

State state_of(const Sight& sight) noexcept {
  if (!sight.stands_by.empty()) return State::standing_by;
  if (sight.told) return state_in(sight.told->phase);
  switch (sight.lease) {
    case Lease::held: return State::unanswered;
    case Lease::none:
    case Lease::free: return sight.is_served_by_its_container ? State::serving : state_unowned(sight.there);
    case Lease::unknown: break;
  }
  return State::unknown;
}

const char* name_of(State state) noexcept {
  switch (state) {
    case State::serving: return "serving";
    case State::starting: return "starting";
    case State::stopping: return "stopping";
    case State::restarting: return "restarting";
    case State::handing_over: return "handing over";
    case State::standing_by: return "standing by";
    case State::nothing: return "nothing";
    case State::stale: return "stale";
    case State::stranger: return "stranger";
    case State::foreign: return "foreign";
    case State::unanswered: return "unanswered";
    case State::unknown: break;
  }
  return "unknown";
}

const std::string& owner_of(const Sight& sight) noexcept {
  if (sight.told && !sight.told->owner.empty()) return sight.told->owner;
  if (sight.owner.empty() && sight.record) return sight.record->owner;
  return sight.owner;
}

}  // namespace status
