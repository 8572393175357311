#include "launcher/newcomer.h"

#include <initializer_list>

namespace launcher {
namespace {

using Phase = Newcomer::Phase;
using Order = Newcomer::Order;

NewcomerStep enter(Newcomer newcomer, Phase phase, std::initializer_list<Order> orders = {}) {
  newcomer.phase = phase;
  NewcomerStep next{newcomer, {}, 0};
  for (const auto order : orders) next.list[next.count++] = order;
  return next;
}

NewcomerStep stay(Newcomer newcomer) { return enter(newcomer, newcomer.phase); }

NewcomerStep on(Newcomer newcomer, const Newcomer::Granted& granted) {
  if (newcomer.phase != Phase::asking) return stay(newcomer);
  newcomer.overlaps = newcomer.wants_overlap && granted.has_all;
  if (newcomer.overlaps) return enter(newcomer, Phase::starting, {Order::start});
  return enter(newcomer, Phase::draining, {Order::publish, Order::say_drain});
}

NewcomerStep on(Newcomer newcomer, const Newcomer::Stopped&) {
  return newcomer.phase == Phase::draining ? enter(newcomer, Phase::starting, {Order::start}) : stay(newcomer);
}

NewcomerStep on(Newcomer newcomer, const Newcomer::Bye&) {
  return newcomer.phase == Phase::parting ? enter(newcomer, Phase::alone, {Order::reign}) : stay(newcomer);
}

NewcomerStep on(Newcomer newcomer, const Newcomer::HungUp&) {
  switch (newcomer.phase) {
    case Phase::draining: return enter(newcomer, Phase::outliving);
    case Phase::starting:
      // Nobody serves the paths any more: who comes from now on waits for our web process.
      if (newcomer.overlaps) return enter(newcomer, Phase::alone, {Order::publish, Order::reign});
      return enter(newcomer, Phase::alone, {Order::reign});
    case Phase::parting: return enter(newcomer, Phase::alone, {Order::reign});
    case Phase::asking:
    case Phase::outliving:
    case Phase::alone:
    case Phase::failed: break;
  }
  return stay(newcomer);
}

NewcomerStep on(Newcomer newcomer, const Newcomer::TreeGone&) {
  if (newcomer.phase != Phase::outliving) return stay(newcomer);
  return enter(newcomer, Phase::alone, {Order::publish, Order::reign, Order::start});
}

NewcomerStep on(Newcomer newcomer, const Newcomer::PatienceEnded&) {
  switch (newcomer.phase) {
    case Phase::draining: return enter(newcomer, Phase::failed, {Order::say_failed});
    case Phase::asking:
    case Phase::outliving: return enter(newcomer, Phase::failed);
    // It has what it needs; one that cannot even part does not matter any more.
    case Phase::parting: return enter(newcomer, Phase::alone, {Order::reign});
    case Phase::starting:
    case Phase::alone:
    case Phase::failed: break;
  }
  return stay(newcomer);
}

NewcomerStep on(Newcomer newcomer, const Newcomer::WebReady&) {
  if (newcomer.phase != Phase::starting) return stay(newcomer);
  if (newcomer.overlaps) return enter(newcomer, Phase::parting, {Order::publish, Order::say_ready});
  return enter(newcomer, Phase::parting, {Order::say_ready});
}

NewcomerStep on(Newcomer newcomer, const Newcomer::WebEnded&) {
  const bool is_awaited = newcomer.phase == Phase::starting || newcomer.phase == Phase::parting;
  return is_awaited ? enter(newcomer, Phase::failed, {Order::say_failed}) : enter(newcomer, Phase::failed);
}

}  // namespace

NewcomerStep step(Newcomer newcomer, const Newcomer::Event& event) noexcept {
  return std::visit([&](const auto& happened) { return on(newcomer, happened); }, event);
}

}  // namespace launcher
