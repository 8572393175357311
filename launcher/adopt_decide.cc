#include "launcher/adopt_decide.h"

namespace launcher {
namespace {

AdoptAnswer decide_unreadable(const AdoptFacts& facts) noexcept {
  // A worker of another user that binds something when the sockets are long given is no reason to give up.
  if (facts.verb != AdoptVerb::bind || !facts.awaits_bind) return AdoptAnswer::go_on;
  return facts.is_beside_predecessor ? AdoptAnswer::deny : AdoptAnswer::fall_back;
}

AdoptAnswer decide_bind(const AdoptFacts& facts) noexcept {
  if (!facts.is_on_socket) return AdoptAnswer::go_on;
  if (facts.is_beside_target) return AdoptAnswer::remember;
  if (!facts.is_of_target) return AdoptAnswer::go_on;
  return facts.holder == AdoptHolder::another ? AdoptAnswer::in_use : AdoptAnswer::give;
}

AdoptAnswer decide_rename(const AdoptFacts& facts) noexcept {
  if (facts.is_of_target && facts.moves_candidate) return AdoptAnswer::give_renamed;
  return facts.moves_target ? AdoptAnswer::pretend : AdoptAnswer::go_on;
}

bool is_served(const AdoptFacts& facts) noexcept { return facts.is_listening && facts.holder != AdoptHolder::gone; }

}  // namespace

AdoptAnswer decide(const AdoptFacts& facts) noexcept {
  if (facts.has_fallen_back) return AdoptAnswer::go_on;
  if (!facts.is_readable) return decide_unreadable(facts);
  switch (facts.verb) {
    case AdoptVerb::bind: return decide_bind(facts);
    case AdoptVerb::listen: return facts.is_of_target ? AdoptAnswer::serve : AdoptAnswer::go_on;
    case AdoptVerb::connect:
      return facts.is_of_target && !is_served(facts) ? AdoptAnswer::refuse_connection : AdoptAnswer::go_on;
    case AdoptVerb::unlink: return facts.is_of_target ? AdoptAnswer::pretend : AdoptAnswer::go_on;
    case AdoptVerb::rename: return decide_rename(facts);
    case AdoptVerb::other: break;
  }
  return AdoptAnswer::go_on;
}

}  // namespace launcher
