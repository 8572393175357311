#include "tests/chaos/fault.h"

#include <algorithm>
#include <array>

namespace chaos {
namespace {

/// Which of a fault's fields matter to its kind.
constexpr unsigned target = 1, length = 2, variant = 4, both_variants = 8;

struct Weighed {
  Kind kind;
  const char* name;
  unsigned weight, fields;
};

constexpr std::array<Weighed, kind_count> kinds{{{Kind::kill_web, "kill_web", 4, 0},
                                                 {Kind::kill_launcher, "kill_launcher", 3, 0},
                                                 {Kind::kill_container, "kill_container", 3, 0},
                                                 {Kind::stop_web, "stop_web", 3, length},
                                                 {Kind::stop_launcher, "stop_launcher", 3, length},
                                                 {Kind::freeze, "freeze", 3, length},
                                                 {Kind::reload, "reload", 4, 0},
                                                 {Kind::restart, "restart", 3, 0},
                                                 {Kind::redeploy, "redeploy", 8, variant},
                                                 {Kind::redeploy_killed, "redeploy_killed", 10, target | variant},
                                                 {Kind::redeploy_frozen, "redeploy_frozen", 5, target | length | variant},
                                                 {Kind::redeploy_broken, "redeploy_broken", 4, variant},
                                                 {Kind::remove_socket, "remove_socket", 3, 0},
                                                 {Kind::remove_control, "remove_control", 1, 0},
                                                 {Kind::remove_record, "remove_record", 2, 0},
                                                 {Kind::second_server, "second_server", 4, 0},
                                                 {Kind::restart_superseded, "restart_superseded", 2, both_variants},
                                                 {Kind::replace_by_superseded, "replace_by_superseded", 2, both_variants}}};

const Weighed& of(Kind kind) {
  return *std::find_if(kinds.begin(), kinds.end(), [kind](const Weighed& one) { return one.kind == kind; });
}

/// Not std::uniform_int_distribution, which is another one in each library.
unsigned below(Chance& chance, unsigned limit) { return static_cast<unsigned>(chance() % limit); }
bool one_in(Chance& chance, unsigned count) { return below(chance, count) == 0; }

Kind draw_kind(Chance& chance) {
  unsigned total = 0;
  for (const auto& one : kinds) total += one.weight;
  auto left = below(chance, total);
  for (const auto& one : kinds) {
    if (left < one.weight) return one.kind;
    left -= one.weight;
  }
  return Kind::redeploy;
}

}  // namespace

Variant draw_variant(Chance& chance) {
  Variant drawn;
  drawn.adopts = one_in(chance, 2);
  drawn.is_nested = one_in(chance, 3);
  drawn.has_workers = one_in(chance, 3);
  if (one_in(chance, 4)) drawn.clock_days = 1 + static_cast<int>(below(chance, 4000));
  return drawn;
}

Fault draw(Chance& chance) {
  Fault fault;
  fault.kind = draw_kind(chance);
  fault.variant = draw_variant(chance);
  fault.second = draw_variant(chance);
  fault.hits_newcomer = one_in(chance, 2);
  fault.hits_launcher_alone = one_in(chance, 3);
  fault.delay = milliseconds(below(chance, 400));
  fault.length = milliseconds(20 + below(chance, 900));
  fault.pause = milliseconds(below(chance, 300));
  return fault;
}

const char* name_of(Kind kind) { return of(kind).name; }

std::string describe(const Variant& one) {
  std::string text = one.adopts ? "[adopt" : "[inherit";
  if (one.is_nested) text += " nested";
  if (one.has_workers) text += " workers";
  if (one.clock_days != 0) text += " clock+" + std::to_string(one.clock_days) + "d";
  return text + "]";
}

std::string describe(const Fault& fault) {
  const auto fields = of(fault.kind).fields;
  std::string text = name_of(fault.kind);
  if ((fields & target) != 0) {
    text += fault.hits_newcomer ? " newcomer" : " holder";
    text += " after " + std::to_string(fault.delay.count()) + " ms";
    if (fault.kind == Kind::redeploy_killed && fault.hits_launcher_alone) text += " launcher alone";
  }
  if ((fields & length) != 0) text += " for " + std::to_string(fault.length.count()) + " ms";
  if ((fields & (variant | both_variants)) != 0) text += " " + describe(fault.variant);
  if ((fields & both_variants) != 0) text += " " + describe(fault.second);
  return text;
}

}  // namespace chaos
