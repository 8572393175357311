#include "launcher/supervise.h"

#include <linux/capability.h>
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <ctime>
#include <exception>
#include <utility>

#include "launcher/adopting.h"
#include "launcher/confine.h"
#include "launcher/publish.h"
#include "launcher/tree.h"
#include "launcher/watch.h"
#include "ownership/log.h"
#include "ownership/pid_namespace.h"

namespace launcher {
namespace {

using control::Receipt;
using control::Received;
using control::Verb;
using control::parse_message;
using control::receive;
using control::send_message;
using Phase = Life::Phase;
using ownership::Clock;
namespace log = ownership::log;

/// Between two looks at everything else, so that a storm of dying children cannot keep a stop signal waiting.
constexpr int reaped_at_once = 1024;
constexpr int signals_at_once = 64;
/// poll(2) cannot wait for a queue to become empty.
constexpr std::chrono::milliseconds queue_interval{2};
constexpr std::chrono::milliseconds publish_interval{100};
constexpr std::chrono::seconds slow_look_at_records{5}, look_at_missing_records{1};

std::chrono::milliseconds now() noexcept {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now().time_since_epoch());
}

Rules rules_of(const Plan& plan) {
  Rules rules;
  if (!plan.manifest) return rules;
  const auto& manifest = *plan.manifest;
  rules.has_manifest = true;
  rules.stop_signal = manifest.stop.signal;
  rules.grace = manifest.stop.grace;
  rules.restart = manifest.restart;
  rules.ready_timeout = manifest.ready.timeout;
  rules.patience = manifest.takeover.patience;
  rules.drain = manifest.takeover.drain;
  return rules;
}

bool ends_a_process(int number) {
  return number == SIGTERM || number == SIGINT || number == SIGQUIT || number == SIGHUP;
}

bool stop_is_pending(void*) noexcept {
  sigset_t pending;
  return sigpending(&pending) == 0 && (sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGINT) == 1 ||
                                       sigismember(&pending, SIGQUIT) == 1);
}

}  // namespace

Supervisor::Supervisor(const Plan& plan, SignalInbox& inbox, WebProcess& web, Office* office) noexcept
    : plan_(plan),
      inbox_(inbox),
      web_(web),
      office_(office),
      rules_(rules_of(plan)),
      is_private_pid_one_(ownership::is_private_pid_one()) {
  life_.is_unproven = office != nullptr && office->tenure.predecessor.has_value();
}

int Supervisor::run() noexcept {
  if (office_ != nullptr && !office_->tenure.predecessor) write_records();
  spawn();
  while (life_.phase != Phase::gone) wait_and_hear();
  return life_.exit_code;
}

/// As soon as nothing is left that we would have to execute ourselves. Without a manifest, whoever is seen in a private
/// pid namespace is so without a capability; elsewhere a /proc that hides processes shows those of more capabilities than
/// ours to CAP_SYS_PTRACE alone. With one, looking at the web process takes as many as it has.
void Supervisor::confine_for_good() noexcept {
  if (!web_.is_delegated() || std::exchange(is_confined_, true)) return;
  if (office_ == nullptr && is_private_pid_one_) keep_capabilities(1U << CAP_KILL);
  if (!(office_ == nullptr ? confine_reaper() : confine_owner()))
    log::debug("not confined", "", "the kernel takes no filter");
}

void Supervisor::handle(const Event& event) noexcept {
  const auto next = step(life_, event, rules_);
  const Life before = life_;
  life_ = next.life;
  if (before.phase != life_.phase) {
    phase_since_ = std::time(nullptr);
    begin_progress();
  }
  explain(before);
  for (const auto& order : next.orders) carry_out(order);
}

void Supervisor::begin_progress() noexcept {
  switch (life_.phase) {
    case Phase::draining: return progress_.begin("the old socket to be drained", rules_.grace);
    case Phase::stopping:
      // Without a manifest it may take as long as it likes.
      if (!rules_.has_manifest) break;
      return progress_.begin("the web process to end", rules_.grace);
    case Phase::sweeping: return progress_.begin("the strays of the web process to end", rules_.grace);
    case Phase::yielded: return progress_.begin("the successor", rules_.patience);
    case Phase::starting:
    case Phase::serving:
    case Phase::purging:
    case Phase::backing_off:
    case Phase::parting:
    case Phase::gone: break;
  }
  progress_.end();
}

void Supervisor::carry_out(const Order& order) noexcept {
  if (std::holds_alternative<Spawn>(order)) return spawn();
  if (std::holds_alternative<Announce>(order)) return announce();
  if (const auto* signal = std::get_if<SignalWeb>(&order)) return signal_web(signal->number);
  if (const auto* signal = std::get_if<SignalTree>(&order)) return signal_tree(*signal);
  if (const auto* timer = std::get_if<Arm>(&order)) return timers_.arm(timer->timer, timer->length);
  if (const auto* timer = std::get_if<Disarm>(&order)) return timers_.disarm(timer->timer);
  if (const auto* said = std::get_if<Tell>(&order)) return tell(said->word);
  if (std::holds_alternative<TakeUp>(order)) return take_up();
}

void Supervisor::explain(const Life& before) const noexcept {
  if (before.phase == life_.phase) return;
  const auto grace = rules_.grace.count();
  switch (life_.phase) {
    case Phase::draining:
      if (life_.next == Life::Next::serve_again)
        log::notice("draining the old socket", "", "the web process is to be restarted");
      else
        log::notice("draining the old socket", "", "handing over", {{"to_container", office_->server.successor()}});
      break;
    case Phase::stopping:
      if (before.phase == Phase::draining && !are_queues_empty(office_->tenure.listeners))
        log::warning("stopped draining the old socket", "", "who waits there is not served within stop.grace");
      if (life_.is_late)
        log::write({.level = log::Level::error,
                    .what = "stopping the web process",
                    .why = "it was not ready within ready.timeout",
                    .advice = "see its own output, or set a longer ready.timeout"});
      break;
    case Phase::purging:
      if (before.phase == Phase::stopping)
        log::warning("killed the web process", "", "it did not stop within its grace", {{"grace_ms", grace}});
      else if (before.phase == Phase::sweeping)
        log::warning("killed the strays of the web process", "", "they did not end within its grace",
                     {{"grace_ms", grace}});
      break;
    case Phase::backing_off:
      log::notice("restarting the web process", "", "it ended", {{"status", life_.exit_code}});
      break;
    case Phase::yielded:
      log::notice("stopped the web process", "", "handing over",
                  {{"to_container", office_ == nullptr ? "" : office_->server.successor()}});
      break;
    case Phase::starting: log::notice("starting the web process again"); break;
    case Phase::gone:
      if (before.phase != Phase::backing_off && life_.next == Life::Next::restart)
        log::write({.level = log::Level::error,
                    .what = "gave up restarting the web process",
                    .why = "it ended too often",
                    .advice = "see its own output, or set another restart.limit"});
      break;
    case Phase::serving:
    case Phase::parting:
    case Phase::sweeping: break;
  }
}

void Supervisor::spawn() noexcept {
  publishes_again_.reset();
  web_is_stopped_ = false;
  if (std::exchange(has_spawned_, true))
    if (const auto free = settle_again(); !free) return spawn_failed(free.error());
  if (office_ != nullptr)
    if (const auto opened = open_listeners(*plan_.manifest, office_->tenure); !opened)
      return spawn_failed(opened.error());
  const auto started = web_.start(office_);
  if (!started) return spawn_failed(started.error());
  ++starts_;
  confine_for_good();
  handle(WebStarted{*started});
  if (office_ != nullptr)
    office_->readiness.begin();
  else
    handle(BecameReady{});
}

void Supervisor::spawn_failed(const ownership::Error& error) noexcept {
  log::fail(error);
  handle(SpawnFailed{static_cast<int>(error.code), now()});
}

/// What the last web process left may still be bound for a moment after its death: the kernel lets go of its sockets
/// after its other descriptors. A stop signal ends the wait, and is heard when the new web process has begun.
ownership::Result<void> Supervisor::settle_again() noexcept try {
  if (office_ == nullptr) return {};
  const ownership::Patience patience(Clock::now() + rules_.patience, inbox_.early_descriptor(), stop_is_pending,
                                     nullptr);
  const auto& claim = office_->tenure.claim;
  const auto& listeners = office_->tenure.listeners;
  for (std::size_t i = 0; i < claim.holdings.size(); ++i) {
    // What leads to a listener of ours is in its place.
    if (has_listener(listeners, i)) continue;
    const auto settled = ownership::settle(claim.holdings[i], settle_rules(*plan_.manifest), patience);
    if (settled) continue;
    return settled.error().code == ownership::ExitCode::success ? ownership::Result<void>() : settled;
  }
  return {};
} catch (const std::exception&) {
  return std::unexpected(ownership::Error{ownership::ExitCode::system_call, {}, {}, {}, {}});
}

void Supervisor::signal_web(int number) noexcept {
  if (life_.web <= 0) return;
  const pid_t target = plan_.scope == Scope::group ? -life_.web : life_.web;
  kill(target, number);
  if (ends_a_process(number) && (web_is_stopped_ || has_just_stopped(life_.web))) kill(target, SIGCONT);
}

void Supervisor::signal_tree(const SignalTree& order) const noexcept {
  if (order.reach == Reach::descendants || !is_private_pid_one_)
    return static_cast<void>(signal_descendants(order.number, web_.spawner()));
  if (order.number == SIGKILL) web_.dismiss_spawner();
  signal_namespace(order.number);
}

/// Where it cannot be published over its predecessor it is not ready yet: that one serves on meanwhile.
void Supervisor::web_serves() noexcept {
  const bool is_awaited = life_.phase == Phase::starting || life_.phase == Phase::draining;
  if (is_awaited && !publish_over_predecessor()) {
    publishes_again_ = Clock::now() + publish_interval;
    return;
  }
  publishes_again_.reset();
  handle(BecameReady{});
}

/// In overlap, where the paths lead to the predecessor, who closes his listeners once he hears that we serve.
bool Supervisor::publish_over_predecessor() noexcept {
  const auto& tenure = office_->tenure;
  if (!tenure.predecessor || !tenure.predecessor->newcomer.overlaps) return true;
  const auto published = publish(tenure.listeners, tenure.claim);
  if (!published && !publishes_again_)
    log::warning(published.error().what, published.error().object, published.error().why);
  return published.has_value();
}

void Supervisor::announce() noexcept {
  if (office_ == nullptr) return;
  if (office_->tenure.predecessor) advance(Newcomer::WebReady{});
  write_records();
}

void Supervisor::tell(Word word) noexcept {
  if (office_ == nullptr) return;
  auto& [manifest, tenure, adoption, readiness, server, paths, parting_end] = *office_;
  // What the successor makes anew it must be able to clear.
  if (word == Word::stopped && server.offered().empty()) discard(tenure.listeners, tenure.claim);
  const auto why = life_.is_unproven ? "taking over itself" : "stopping";
  if (!server.tell(word, why) || word != Word::bye) return;
  is_superseded_ = true;
  log::notice("superseded by", "", "", {{"container", server.successor()}});
  handle(ByeHeard{});
}

void Supervisor::take_up() noexcept {
  if (office_ == nullptr) return;
  auto& tenure = office_->tenure;
  auto& offered = office_->server.offered();
  for (auto& theirs : offered)
    for (auto& ours : tenure.listeners)
      if (ours.holding == theirs.holding && is_published(theirs, tenure.claim.holdings[theirs.holding]))
        std::swap(ours, theirs);
  discard(offered, tenure.claim);
  if (const auto published = publish(tenure.listeners, tenure.claim); !published) log::fail(published.error());
}

/// What is offered to our own next web process is taken up when the old one is gone, like that of a successor which was
/// lost.
void Supervisor::renew() noexcept try {
  if (!can_be_renewed(life_)) return;
  auto& [manifest, tenure, adoption, readiness, server, paths, parting_end] = *office_;
  auto made = make_listeners(manifest, tenure.claim);
  auto published = made ? publish(*made, tenure.claim) : std::unexpected(std::move(made.error()));
  if (!published) {
    log::fail(published.error());
    if (made) discard(*made, tenure.claim);
    if (const auto back = publish(tenure.listeners, tenure.claim); !back) log::fail(back.error());
    return;
  }
  server.offered() = std::move(*made);
  handle(RestartAsked{!server.offered().empty()});
} catch (const std::exception& failure) {
  log::warning("cannot restart the web process", "", failure.what());
}

bool Supervisor::gives_back() noexcept {
  return office_ != nullptr && give_up(office_->tenure, "its web process ended before the handover did");
}

std::span<pollfd> Supervisor::watched() noexcept {
  std::size_t count = 0;
  room_[count++] = {inbox_.descriptor(), POLLIN, 0};
  if (office_ != nullptr) {
    if (office_->tenure.predecessor)
      room_[count++] = {office_->tenure.predecessor->connection.get(), POLLIN, 0};
    if (web_.channel() >= 0) room_[count++] = {web_.channel(), POLLIN, 0};
    if (office_->adoption.channel() >= 0) room_[count++] = {office_->adoption.channel(), POLLIN, 0};
    count += office_->readiness.watch(std::span(room_).subspan(count));
    count += office_->paths.watch(std::span(room_).subspan(count));
    count += office_->server.watch(std::span(room_).subspan(count));
  }
  return {room_.data(), count};
}

int Supervisor::milliseconds_to_next() const noexcept {
  if (must_reap_again_) return 0;
  auto first = timers_.next();
  const auto consider = [&](std::optional<ownership::Deadline> other) {
    if (other) first = first ? std::min(*first, *other) : *other;
  };
  consider(progress_.next());
  if (office_ != nullptr) {
    consider(office_->readiness.next_look());
    consider(publishes_again_);
    consider(office_->parting_end);
    consider(office_->adoption.next_try());
    consider(office_->paths.next_look());
    consider(next_records_);
    if (life_.phase == Phase::draining && life_.may_stop) consider(Clock::now() + queue_interval);
    consider(office_->server.next_tick());
  }
  if (!first) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*first - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000));
}

void Supervisor::wait_and_hear() noexcept {
  const int timeout = milliseconds_to_next();
  // With nothing but signals to wait for, one system call waits for and takes the next.
  if (office_ == nullptr && timeout < 0) return hear(inbox_.take(true));

  const auto ready = watched();
  if (poll(ready.data(), ready.size(), timeout) < 0)
    for (auto& entry : ready) entry.revents = 0;
  progress_.tell();
  hear_signals();
  while (const auto due = timers_.take_due(Clock::now())) handle(TimerFired{*due, now()});
  if (office_ == nullptr || life_.phase == Phase::gone) return;
  hear_predecessor(ready);
  if (is_ready(ready, web_.channel())) web_.hear_spawner();
  hear_adoption(ready);
  look_at_queues();
  look_at_records();
  const bool tries_again = publishes_again_ && Clock::now() >= *publishes_again_;
  if (office_->readiness.look(ready) || tries_again) web_serves();
  office_->server.is_now({.phase = life_.phase,
                          .may_restart = can_be_renewed(life_),
                          .web = life_.web,
                          .since = static_cast<std::uint64_t>(phase_since_),
                          .restarts = std::max(starts_, std::uint64_t{1}) - 1,
                          .reaped = reaped_});
  if (const auto event = office_->server.serve(ready)) {
    if (std::holds_alternative<RestartAsked>(*event))
      renew();
    else
      handle(*event);
  }
  office_->server.tick();
  // Last: what happened may have made us alone at the paths again, and nothing else need wake us.
  look_at_paths(ready);
}

void Supervisor::hear_signals() noexcept {
  if (must_reap_again_) reap();
  for (int i = 0; i < signals_at_once && life_.phase != Phase::gone; ++i) {
    const int number = inbox_.take(false);
    if (number == 0) return;
    hear(number);
  }
}

void Supervisor::hear(int number) noexcept {
  if (number == SIGCHLD) return reap();
  if (plan_.manifest && plan_.manifest->restart.signal == number) return renew();
  const auto rewritten = plan_.rewritten[static_cast<std::size_t>(number)];
  if (rewritten != dropped_signal) handle(Signalled{rewritten});
}

void Supervisor::reap() noexcept {
  must_reap_again_ = false;
  std::optional<int> web_status;
  for (int i = 0; i < reaped_at_once; ++i) {
    const auto change = next_change();
    const bool is_web = change.pid == life_.web && life_.web > 0;
    switch (change.kind) {
      case Change::Kind::exited:
        ++reaped_;
        if (is_web) web_status = change.wait_status;
        break;
      case Change::Kind::stopped:
        if (is_web) web_is_stopped_ = true, handle(WebStopped{});
        break;
      case Change::Kind::continued:
        if (is_web) web_is_stopped_ = false;
        break;
      case Change::Kind::none:
      case Change::Kind::no_child: {
        const bool is_empty = change.kind == Change::Kind::no_child;
        if (web_status) return handle(WebExited{*web_status, is_empty, now()});
        if (is_empty) handle(TreeEmptied{now()});
        return;
      }
    }
  }
  must_reap_again_ = true;
  if (web_status) handle(WebExited{*web_status, false, now()});
}

/// While two launchers are at the paths, each knows only its own half of what belongs there.
void Supervisor::look_at_paths(std::span<const pollfd> ready) noexcept {
  const bool is_settled = life_.phase == Phase::starting || life_.phase == Phase::serving;
  const bool is_alone = !office_->tenure.predecessor && life_.succession == Life::Succession::none;
  if (is_settled && is_alone)
    office_->paths.open();
  else
    office_->paths.close();
  office_->paths.look(ready, life_.web);
}

void Supervisor::look_at_queues() noexcept {
  if (life_.phase == Phase::draining && life_.may_stop && are_queues_empty(office_->tenure.listeners))
    handle(QueuesEmptied{});
}

void Supervisor::hear_adoption(std::span<const pollfd> ready) noexcept {
  auto& adoption = office_->adoption;
  if (adoption.next_try() && Clock::now() >= *adoption.next_try()) adoption.try_again();
  if (!is_ready(ready, adoption.channel())) return;
  if (adoption.hear() == Adoption::Heard::must_fall_back) {
    make_way(office_->manifest, office_->tenure);
    adoption.has_made_way();
  }
  office_->readiness.hasten();
}

void Supervisor::hear_predecessor(std::span<const pollfd> ready) noexcept {
  auto& [manifest, tenure, adoption, readiness, server, paths, parting_end] = *office_;
  if (parting_end && Clock::now() >= *parting_end) {
    parting_end.reset();
    advance(Newcomer::PatienceEnded{});
  }
  if (!tenure.predecessor || !is_ready(ready, tenure.predecessor->connection.get())) return;
  Received received;
  const auto receipt = receive(tenure.predecessor->connection.get(), received);
  if (receipt == Receipt::nothing_yet) return;
  const auto message = receipt == Receipt::message ? parse_message(received.text()) : std::nullopt;
  if (message && message->verb == Verb::bye)
    advance(Newcomer::Bye{});
  else
    advance(Newcomer::HungUp{});
  log::notice("took over from", "", "", {{"container", tenure.predecessor->container}});
  tenure.predecessor.reset();
  parting_end.reset();
  for (const auto& holding : tenure.claim.holdings) sweep_listeners(holding);
  handle(PredecessorLost{});
}

void Supervisor::advance(const Newcomer::Event& event) noexcept {
  if (!office_->tenure.predecessor) return;
  auto& newcomer = office_->tenure.predecessor->newcomer;
  const auto next = step(newcomer, event);
  newcomer = next.newcomer;
  for (const auto order : next) carry_out(order);
}

void Supervisor::carry_out(Newcomer::Order order) noexcept {
  auto& [manifest, tenure, adoption, readiness, server, paths, parting_end] = *office_;
  switch (order) {
    case Newcomer::Order::publish:
      if (const auto published = publish(tenure.listeners, tenure.claim); !published) log::fail(published.error());
      break;
    case Newcomer::Order::say_ready:
      // One that cannot hear us has hung up: that is what we hear next.
      send_message(tenure.predecessor->connection.get(), {.verb = Verb::ready});
      parting_end = Clock::now() + rules_.patience;
      break;
    case Newcomer::Order::reign: return reign();
    case Newcomer::Order::start:
    case Newcomer::Order::say_drain:
    case Newcomer::Order::say_failed: break;  // said where the web process starts and where it has ended
  }
}

void Supervisor::reign() noexcept {
  if (const auto opened = office_->server.open(); !opened) log::fail(opened.error());
  write_records();
}

void Supervisor::write_records() noexcept {
  const auto written = publish(office_->tenure, plan_.manifest->owner);
  records_are_written_ = written.has_value();
  if (!written && !std::exchange(has_told_records_, true))
    log::warning(written.error().what, written.error().object, written.error().why);
  if (written) has_told_records_ = false;
}

/// A full volume may have kept our control socket and owner file from being made, and a careless rm(1) takes them away:
/// without them no successor can ask us, and who was superseded does not know it.
void Supervisor::look_at_records() noexcept {
  if (Clock::now() < next_records_) return;
  next_records_ = Clock::now() + look_at_missing_records;
  // Beside another launcher, the names are not ours alone.
  if (office_->tenure.predecessor || life_.succession != Life::Succession::none) return;
  if (!records_are_written_ || !are_owner_files_there(office_->tenure)) write_records();
  if (office_->server.open() && records_are_written_) next_records_ = Clock::now() + slow_look_at_records;
}

}  // namespace launcher
