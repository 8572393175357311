#pragma once

#include <type_traits>

#include "launcher/lifecycle.h"

/// Parts of the lifecycle's table: what ends and begins a web process, and the predecessor's side of a handover. Pure.
namespace launcher {

Step leave(Step step, int exit_code);
Step begin_stop(Step step, Life::Next next, const Rules& rules);
Step spawn_again(Step step);

/// The tree is gone: a successor may start, or learns that we are out of its way.
Step yield(Step step, const Rules& rules);
Step part(Step step, const Rules& rules);
/// The tree is gone, and so is the successor.
Step serve_again(Step step);

template <typename Event>
inline constexpr bool is_of_a_handover = [] {
  using E = std::remove_cvref_t<Event>;
  return std::is_same_v<E, TakeAsked> || std::is_same_v<E, DrainAsked> || std::is_same_v<E, SuccessorReady> ||
         std::is_same_v<E, SuccessorLost> || std::is_same_v<E, QueuesEmptied> || std::is_same_v<E, ByeHeard> ||
         std::is_same_v<E, RestartAsked> || std::is_same_v<E, PredecessorLost>;
}();

Step hand_over(Step step, const TakeAsked& event, const Rules& rules);
Step hand_over(Step step, const DrainAsked& event, const Rules& rules);
Step hand_over(Step step, const SuccessorReady& event, const Rules& rules);
Step hand_over(Step step, const SuccessorLost& event, const Rules& rules);
Step hand_over(Step step, const QueuesEmptied& event, const Rules& rules);
Step hand_over(Step step, const ByeHeard& event, const Rules& rules);
Step hand_over(Step step, const RestartAsked& event, const Rules& rules);
Step hand_over(Step step, const PredecessorLost& event, const Rules& rules);

}  // namespace launcher
