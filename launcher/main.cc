#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <exception>
#include <memory>
#include <variant>
#include <vector>

#include "launcher/adopting.h"
#include "launcher/ask.h"
#include "launcher/child_side.h"
#include "launcher/claiming.h"
#include "launcher/confine.h"
#include "launcher/early_signals.h"
#include "launcher/inherited.h"
#include "launcher/planner.h"
#include "launcher/publish.h"
#include "launcher/supervise.h"
#include "launcher/tree.h"
#include "launcher/web_process.h"
#include "ownership/log.h"
#include "ownership/write_whole.h"

namespace {

using namespace launcher;
using ownership::Result;

constexpr int signal_offset = 128;

int reply(const Answer& answer) {
  ownership::write_whole(STDERR_FILENO, answer.err);
  ownership::write_whole(STDOUT_FILENO, answer.out);
  return answer.exit_code;
}

void become_reaper(const Plan& plan) {
  if (plan.parent_death_signal != 0) prctl(PR_SET_PDEATHSIG, plan.parent_death_signal);
  if (getpid() == 1) return;
  const bool adopts = plan.adopts_orphans && prctl(PR_SET_CHILD_SUBREAPER, 1) == 0;
  if (!adopts && plan.warns_when_not_reaping)
    ownership::log::warning("cannot reap orphans", "", "not PID 1 and not a subreaper; start it with -s");
}

/// catatonit -P: the init of a pod that has no process of its own.
int pause(SignalInbox& inbox) {
  keep_capabilities(0);
  confine_reaper();
  while (true) {
    const int number = inbox.take(true);
    if (number == SIGTERM || number == SIGINT) return 0;
    if (number != SIGCHLD) continue;
    while (next_change().pid != 0) continue;
  }
}

/// Nothing is removed beside a launcher that has the lease, too.
void leave_places(Tenure& tenure, Supervisor& supervisor) {
  const bool is_given_back = supervisor.gives_back();
  std::vector<bool> has_listener_of_ours(tenure.claim.holdings.size());
  for (const auto& listener : tenure.listeners) has_listener_of_ours[listener.holding] = true;
  if (is_given_back)
    let_go(tenure.listeners, tenure.claim);
  else
    discard(tenure.listeners, tenure.claim);
  if (supervisor.is_superseded()) return;
  for (std::size_t i = 0; i < tenure.claim.holdings.size(); ++i)
    if (!is_given_back || !has_listener_of_ours[i]) ownership::release(tenure.claim.holdings[i]);
}

Result<int> run_owning(Plan& plan, SignalInbox& inbox, Inherited& inherited) {
  EarlySignals early(inbox);
  settle_for_bind(*plan.manifest);
  auto tenure = claim_all(*plan.manifest, plan.allows_remote_volume, early);
  if (!tenure && early.asks_to_stop()) return signal_offset + early.stop_signal();
  if (!tenure) return std::unexpected(std::move(tenure.error()));

  Office office(*plan.manifest, std::move(*tenure));
  const char* relay = getenv("NOTIFY_SOCKET");
  if (auto opened = office.readiness.open(relay == nullptr ? "" : relay); !opened)
    return std::unexpected(std::move(opened.error()));
  if (!office.tenure.predecessor) {
    if (auto opened = office.server.open(); !opened) return std::unexpected(std::move(opened.error()));
  }

  WebProcess web(plan, inherited);
  Supervisor supervisor(plan, inbox, web, &office);
  const int code = supervisor.run();
  leave_places(office.tenure, supervisor);
  return code;
}

Result<int> answer(const Plan& plan) {
  switch (plan.question) {
    case Question::ready: return ask_whether_ready(*plan.manifest);
    case Question::restart: return ask_for_restart(*plan.manifest);
    case Question::status: return show_status(*plan.manifest, plan.view);
    case Question::explain:
    case Question::none: break;
  }
  return explain_place(plan.explained, plan.manifest);
}

Result<int> run(Plan& plan, Inherited& inherited) {
  if (plan.question != Question::none) {
    // Who watches ends it with a signal.
    restore_mask(inherited);
    return answer(plan);
  }
  auto inbox = SignalInbox::open();
  if (!inbox) return std::unexpected(std::move(inbox.error()));
  become_reaper(plan);
  if (plan.pauses) return pause(*inbox);
  if (plan.manifest) return run_owning(plan, *inbox, inherited);
  WebProcess web(plan, inherited);
  return Supervisor(plan, *inbox, web, nullptr).run();
}

}  // namespace

int main(int argc, char** argv) {
  auto inherited = take_inheritance();
  auto plan = make_plan(argc, argv, inherited);
  if (const auto* answer = std::get_if<Answer>(&plan)) return reply(*answer);
  auto& decided = std::get<Plan>(plan);
  ownership::log::set_up("solinit", decided.level, decided.format);
  const auto code = run(decided, inherited);
  if (!code) return ownership::log::fail(code.error());
  const auto status = static_cast<std::size_t>(*code);
  return status < decided.success_statuses.size() && decided.success_statuses[status] ? 0 : *code;
}
