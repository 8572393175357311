#include "ownership/verdict.h"

namespace ownership {
namespace {

Verdict judge_again(SecondLook second) noexcept {
  switch (second) {
    case SecondLook::not_taken:
      return Verdict::looks_stale;
    case SecondLook::nobody:
      return Verdict::stale;
    case SecondLook::somebody:
    case SecondLook::another:
      return Verdict::unsettled;
    case SecondLook::unknown:
      return Verdict::unknown;
  }
  return Verdict::unknown;
}

Verdict judge_socket(Bound bound, SecondLook second) noexcept {
  switch (bound) {
    case Bound::nobody:
      return judge_again(second);
    case Bound::somebody:
      return Verdict::stranger;
    case Bound::unknown:
      return Verdict::unknown;
  }
  return Verdict::unknown;
}

}  // namespace

Verdict judge(LeaseHolder holder, Entry entry, Bound bound, SecondLook second) noexcept {
  if (holder == LeaseHolder::another) return Verdict::served;
  switch (entry) {
    case Entry::nothing:
      return Verdict::free;
    case Entry::other:
      return Verdict::foreign;
    case Entry::socket:
      return judge_socket(bound, second);
    case Entry::unknown:
      return Verdict::unknown;
  }
  return Verdict::unknown;
}

}  // namespace ownership
