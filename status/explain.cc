#include "status/explain.h"

#include <string_view>

#include "status/render.h"

namespace status {
namespace {

using manifests::TakeoverPolicy;

/// Four sentences.
struct Account {
  std::string stands, known, would, can;
};

std::string who_serves(const Sight& sight) {
  if (sight.web == 0) return "a web process that cannot be seen from here";
  return (sight.command.empty() ? "" : sight.command + " ") + "(pid " + std::to_string(sight.web) + ")";
}

std::string launcher_of(const Sight& sight) {
  std::string text = "the launcher of " + (owner_of(sight).empty() ? "an unknown owner" : owner_of(sight));
  if (!sight.container.empty()) text += " in container " + ownership::short_container(sight.container);
  if (!sight.engine.empty()) text += " of " + sight.engine;
  return text;
}

std::string list_of(const std::vector<Stranger>& strangers) {
  std::string list;
  for (const auto& stranger : strangers) list += (list.empty() ? "" : ", ") + stranger.text;
  return list;
}

std::string what_a_newcomer_does(const Policy& policy) {
  switch (policy.takeover) {
    case TakeoverPolicy::handover:
      return "as a newcomer of the same owner ask it to hand over and take its place (takeover.policy: handover); of "
             "another owner leave with 75";
    case TakeoverPolicy::standby: return "stand by until the lease falls (takeover.policy: standby)";
    case TakeoverPolicy::refuse: break;
  }
  return "leave with 75 (takeover.policy: refuse)";
}

std::string answer_of(const Sight& sight) {
  return "its lease is held, and " + launcher_of(sight) + " answers on the control socket: " + sight.told->phase;
}

/// Of what a launcher answers.
Account account_of_launcher(const Sight& sight, const Policy& policy, std::int64_t now) {
  const auto since = sight.told->since == 0 ? "" : " since " + ownership::age_of(now - sight.told->since);
  Account account{"", answer_of(sight), what_a_newcomer_does(policy), ""};
  switch (state_of(sight)) {
    case State::serving:
      account.stands = "is served by " + who_serves(sight) + " under " + launcher_of(sight) + ", generation " +
                       std::to_string(sight.told->generation) + "," + since;
      account.can = "redeploy by starting another container of the owner, or ask for a new web process in its place with "
                    "solinit --restart";
      break;
    case State::starting:
      account.stands = "is not served yet: the web process of " + launcher_of(sight) + " is starting" + since;
      account.can = "wait for ready.timeout; read the web process's own output where it takes long";
      break;
    case State::restarting:
      account.stands = "is not served: the web process of " + launcher_of(sight) + " ended, and is started again after "
                       "a back-off" + since;
      account.can = "read the web process's own output, and its exit status in the log of the launcher";
      break;
    case State::stopping:
      account.stands = "is about to be given up: " + launcher_of(sight) + " stops its web process" + since;
      account.can = "wait for stop.grace: what has not ended by then is killed";
      break;
    case State::handing_over:
      account.stands = "is being handed over by " + launcher_of(sight) + since;
      account.can = "wait for takeover.patience: either side goes on alone when the other is lost";
      break;
    case State::standing_by:
      account.stands = "is owned by " + launcher_of(sight) + "; the launcher of this container stands by";
      account.would = "take the lease as soon as it falls, and start the web process";
      account.can = "stop the other container, when this one is to serve";
      break;
    case State::nothing:
    case State::stale:
    case State::stranger:
    case State::foreign:
    case State::unanswered:
    case State::unknown:
      account.stands = "is in a state that this version does not know: " + sight.told->phase;
      account.can = "ask a solinit of the launcher's own version";
      break;
  }
  return account;
}

Account account_of_stranger(const Sight& sight, const Policy& policy) {
  const bool is_known = !sight.strangers.empty();
  Account account;
  account.stands = "has a stranger: " + (is_known ? list_of(sight.strangers) : "a process that cannot be seen from here") +
                   " is bound to it without a lease";
  account.known = "nobody holds its lease, and the kernel says that a socket is bound to the inode that stands there";
  account.would = policy.evicts_strangers && is_known
                      ? "end that process by TERM and, after stop.grace, KILL where it is in the launcher's pid namespace "
                        "(takeover.strangers: evict), and serve in its place"
                      : "leave with 75 and name it as far as it is known: it is never killed unseen, and its socket never "
                        "removed";
  account.can = is_known ? "stop that process yourself, when it is not to be ended"
                         : "run solinit-hook status on the host, which sees every container, and stop what it names";
  return account;
}

Account account_of_nobody(const Sight& sight, const Policy& policy) {
  const auto unowned = sight.lease == Lease::none ? std::string("nobody has ever owned it") : "its lease is free";
  switch (state_of(sight)) {
    case State::nothing:
      return {"is not there, and nobody owns it", unowned + ", and nothing stands at its name",
              "take the lease and start the web process", "start the container, or look why it ended: its log names the reason"};
    case State::stale:
      return {"is stale: what stands there was left by a process that is gone",
              unowned + (sight.kind == ownership::Item::Kind::socket
                             ? ", and the kernel says that no socket is bound to the inode that stands there"
                             : ", and its number cannot be that of the web process"),
              "take the lease, move it aside, look again, remove it, and start the web process",
              "start the container; nothing has to be removed by hand"};
    case State::stranger:
      return account_of_stranger(sight, policy);
    case State::foreign:
      return {"is taken by what is neither a socket nor a pid file", unowned + ", and a file, link or directory stands there",
              "leave with 78, and never remove it", "move it away, or name another path in the manifest"};
    case State::unanswered:
      return {"is owned by somebody who does not answer",
              "its lease is locked, and no launcher answers on the control socket within 2 s" +
                  (sight.record ? "; the owner file names " + ownership::describe(*sight.record, 0) : std::string()),
              "wait for takeover.patience; then end what is left of that web process where it can see it, else leave with 75",
              "look whether that container is paused or was killed half: solinit-hook status on the host names it"};
    case State::serving:
    case State::starting:
    case State::stopping:
    case State::restarting:
    case State::handing_over:
    case State::standing_by:
    case State::unknown: break;
  }
  return {"cannot be judged", sight.reason.empty() ? "what is asked is not answered" : sight.reason,
          "leave with 77, and remove nothing",
          "ask again as the user of the web process or as root; look at the permissions of its directory"};
}

}  // namespace

std::string explain(const Sight& sight, const Policy& policy, std::span<const Zombie> zombies, std::int64_t now) {
  const auto account = sight.told ? account_of_launcher(sight, policy, now) : account_of_nobody(sight, policy);
  std::string text = shown(sight.path + " " + account.stands) + ".\n";
  text += "Known because: " + shown(account.known) + ".\n";
  text += "solinit would: " + shown(account.would) + ".\n";
  text += "You can: " + shown(account.can) + ".\n";
  if (!policy.is_named) text += "No manifest here names it: this is what the defaults would do.\n";
  if (sight.told && !sight.told->event.empty()) text += "Last event: " + shown(sight.told->event) + "\n";
  for (const auto& zombie : zombies)
    text += shown("Zombie: " + zombie.name + " (pid " + std::to_string(zombie.pid) + ") has ended, and its parent " +
                  zombie.parent_name + " (pid " + std::to_string(zombie.parent) + ") lives and has not waited for it; only "
                  "the parent can") + ".\n";
  return text;
}

}  // namespace status
