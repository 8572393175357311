#include "tests/chaos/adversary.h"

#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "tests/support/sockets.h"
#include "tests/support/wait.h"

namespace chaos {
namespace {

constexpr int killed = 128 + SIGKILL, system_call_failed = 71;

std::string manifest(const Owner& owner, const Variant& variant) {
  return "version: 1\nowner: " + owner.name + "\nsockets: [{path: /run/shop/" + owner.name +
         ".sock, activation: " + (variant.adopts ? "adopt" : "inherit") +
         "}]\nstop: {grace: 2s}\nrestart: {policy: always, backoff: 20ms, max_backoff: 200ms, limit: 64/1s}\n"
         "takeover: {order: " +
         (owner.overlaps ? "overlap" : "strict") + ", drain: 100ms, patience: 20s}\n";
}

bool has_ended(pid_t process) {
  const auto state = stat_field(process, 3);
  return state.empty() || state == "Z" || state == "X";
}

}  // namespace

Adversary::Adversary(const Owner& owner, const Place& place, Children& children, Ledger& ledger, Report& report,
                     milliseconds limit)
    : owner_(owner), place_(place), children_(children), ledger_(ledger), report_(report), limit_(limit) {
  break_connections();  // until the first container serves
}

std::unique_ptr<Container> Adversary::make(const Variant& variant, const Words& options, bool is_blind) {
  Recipe recipe{.id = owner_.name + "." + std::to_string(++count_),
                .owner = owner_.name,
                .volume = owner_.volume->path(),
                .manifest = manifest(owner_, variant),
                .variant = variant,
                .web = {"/witness_server", "--mark", owner_.name},
                .is_blind = is_blind};
  recipe.web.push_back(variant.adopts || is_blind ? "--unlink-first" : "--inherit");
  if (variant.has_workers) recipe.web.insert(recipe.web.end(), {"--fork-workers", "2"});
  recipe.web.insert(recipe.web.end(), options.begin(), options.end());
  // At the owner's path a blind one may be met by the repair before it has bound, and end.
  recipe.web.insert(recipe.web.end(), {recipe.id, "/run/shop/" + (is_blind ? recipe.id : owner_.name) + ".sock"});
  return std::make_unique<Container>(place_, children_, std::move(recipe));
}

std::string Adversary::logs() const {
  std::string text;
  for (const auto* container : {current_.get(), other_.get()})
    if (container != nullptr) text += "\n--- " + container->id() + "\n" + container->log();
  return text;
}

bool Adversary::await(const std::string& what, const std::function<bool()>& fact) {
  bool holds = false;
  support::wait_until([&] { return (holds = fact()) || report_.is_breached(); }, limit_);
  if (!holds) report_.breach("P8", owner_.name, "waited in vain: " + what + logs());
  return holds;
}

void Adversary::expect_exit(Container& container, int code, const std::string& why) {
  if (!await(container.id() + " ends", [&] { return !container.runs(); })) return;
  if (const int was = *container.exit_code(); was != code)
    report_.breach("P6", owner_.name, container.id() + " left with " + std::to_string(was) + " and not " +
                                          std::to_string(code) + ", " + why + logs());
}

bool Adversary::is_served_by(const Container& container) const {
  return support::ask(owner_.socket()) == container.id();
}

void Adversary::await_service() {
  if (await(current_->id() + " serves", [&] { return is_served_by(*current_); })) ledger_.close(Clock::now());
}

void Adversary::start_until_it_serves() {
  current_->start();
  keep_until_it_serves();
}

/// As an engine does. Without room on the volume it ends again.
void Adversary::keep_until_it_serves() {
  await(current_->id() + " serves", [&] {
    if (is_served_by(*current_)) return true;
    const auto code = current_->exit_code();
    if (!code) return false;
    if (*code != system_call_failed || !owner_.volume->was_full_since(fault_began_))
      expect_exit(*current_, 0, "started over what a killed one left");
    current_->start();
    return false;
  });
  ledger_.close(Clock::now());
}

void Adversary::pause_for(milliseconds length) const {
  support::wait_until([&] { return report_.is_breached(); }, length);
}

void Adversary::begin(const Variant& variant) {
  fault_began_ = Clock::now();
  current_ = make(variant);
  start_until_it_serves();
}

void Adversary::end() {
  fault_began_ = Clock::now();
  break_connections();
  current_->signal(current_->first(), SIGTERM);
  expect_exit(*current_, 0, "it was stopped");
  if (::access(owner_.socket().c_str(), F_OK) == 0) report_.breach("P6", owner_.name, "its socket stays" + logs());
  current_.reset();
}

void Adversary::inflict(const Fault& fault) {
  fault_began_ = Clock::now();
  report_.fault(owner_.name, name_of(fault.kind), describe(fault) + " of " + current_->id());
  if (!current_->runs())
    report_.breach("P6", owner_.name, current_->id() + " left with " + std::to_string(*current_->exit_code()) +
                                          " though nothing was done to it" + logs());
  switch (fault.kind) {
    case Kind::kill_web: kill_web(); break;
    case Kind::kill_launcher: kill([](Container& one) { one.signal(one.launcher(), SIGKILL); }); break;
    case Kind::kill_container: kill([](Container& one) { one.kill_all(); }); break;
    case Kind::stop_web: stop(false, fault.length); break;
    case Kind::stop_launcher: stop(true, fault.length); break;
    case Kind::freeze:
      current_->pause();
      pause_for(fault.length);
      current_->resume();
      break;
    case Kind::reload: reload(); break;
    case Kind::restart: restart(); break;
    case Kind::redeploy: redeploy(fault.variant); break;
    case Kind::redeploy_killed: redeploy_killed(fault); break;
    case Kind::redeploy_frozen: redeploy_frozen(fault); break;
    case Kind::redeploy_broken: redeploy_broken(fault.variant); break;
    case Kind::remove_socket:
      break_connections();
      ::unlink(owner_.socket().c_str());
      break;
    case Kind::remove_control: remove_control(); break;
    case Kind::remove_record: ::unlink(owner_.record("owner").c_str()); break;
    case Kind::second_server: second_server(); break;
    case Kind::restart_superseded: restart_superseded(fault, false); break;
    case Kind::replace_by_superseded: restart_superseded(fault, true); break;
  }
  await_service();
  other_.reset();
  pause_for(fault.pause);
}

void Adversary::kill_web() {
  pid_t before = -1;
  if (!await("a web process", [&] { return (before = current_->web_process()) > 0; })) return;
  break_connections();
  current_->signal(before, SIGKILL);
  await("the killed web process ends", [&] { return has_ended(before); });
  await("another web process", [&] {
    const auto now = current_->web_process();
    return now > 0 && now != before;
  });
}

void Adversary::kill(const std::function<void(Container&)>& how) {
  break_connections();
  how(*current_);
  expect_exit(*current_, killed, "it was killed");
  start_until_it_serves();
}

void Adversary::stop(bool launcher, milliseconds length) {
  pid_t process = -1;
  if (!await("a process to stop", [&] {
        process = launcher ? current_->launcher() : current_->web_process();
        return process > 0;
      }))
    return;
  current_->signal(process, SIGSTOP);
  pause_for(length);
  current_->signal(process, SIGCONT);
}

/// Refused where the launcher does not know yet that its web process serves.
void Adversary::reload() {
  pid_t before = -1;
  await("a web process", [&] { return (before = current_->web_process()) > 0; });
  const Words command{"/solinit", "--manifest", "/etc/shop/manifest.yaml", "--restart"};
  await("solinit --restart", [&] { return current_->execute(command, limit_) == 0; });
  await("another web process", [&] {
    const auto now = current_->web_process();
    // Its socket could not be made: the old one serves on.
    if (now == before && owner_.volume->was_full_since(fault_began_)) return true;
    return now > 0 && now != before;
  });
}

void Adversary::restart() {
  break_connections();
  current_->signal(current_->first(), SIGTERM);
  expect_exit(*current_, 0, "it was stopped");
  start_until_it_serves();
}

void Adversary::remove_control() {
  ::unlink(owner_.record("ctl").c_str());
  await("the control socket is there again", [&] { return ::access(owner_.record("ctl").c_str(), F_OK) == 0; });
}

/// It serves until it is ended; or the path is back before it can bind it, and it leaves with 1.
void Adversary::second_server() {
  break_connections();
  const auto status = current_->execute(
      {"/witness_server", "--unlink-first", "second", "/run/shop/" + owner_.name + ".sock"}, limit_);
  if (status != 0 && status != 1)
    report_.breach("P8", owner_.name, "a second server was not ended, but left with " + std::to_string(status) + logs());
}

}  // namespace chaos
