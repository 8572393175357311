#include "launcher/claiming.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <memory>
#include <utility>

#include "launcher/control_socket.h"
#include "launcher/message.h"
#include "ownership/evict.h"
#include "ownership/log.h"
#include "ownership/owner_record.h"

namespace launcher {
namespace {

using ownership::Busy;
using ownership::Claim;
using ownership::Error;
using ownership::ExitCode;
using ownership::Fd;
using ownership::Patience;
using ownership::Result;
using ownership::Woke;
using std::chrono::milliseconds;

constexpr milliseconds retry_interval{20};

std::string who_holds(const Busy& busy) {
  return busy.holder ? "held by " + ownership::describe(*busy.holder, std::time(nullptr))
                     : "held by a process that left no owner file";
}

Error held(const Busy& busy, std::string why, std::string advice) {
  return {ExitCode::held, "cannot take the lease of", busy.path, std::move(why), std::move(advice)};
}

Error stopped_early() { return {ExitCode::success, "", "", "", ""}; }

std::vector<ownership::Item> items_of(const manifests::Manifest& manifest) {
  std::vector<ownership::Item> items;
  for (const auto& socket : manifest.sockets) items.push_back({ownership::Item::Kind::socket, socket.path});
  for (const auto& path : manifest.pid_files) items.push_back({ownership::Item::Kind::pid_file, path});
  return items;
}

/// One attempt to become the owner: who we are, what we want, and until when.
class Claiming {
 public:
  Claiming(const manifests::Manifest& manifest, bool allow_remote, EarlySignals& signals)
      : manifest_(manifest), items_(items_of(manifest)), allow_remote_(allow_remote), signals_(signals) {
    tenure_.container = ownership::this_container();
    tenure_.is_pid_one = getpid() == 1;
  }

  Result<Tenure> run() {
    auto line = make_life_line();
    if (!line) return std::unexpected(line.error());
    tenure_.line = std::move(*line);
    if (auto taken = take_leases(); !taken) return std::unexpected(taken.error());
    remember_the_last_owner();
    const auto settled = ownership::settle(tenure_.claim, settle_rules(manifest_), signals_.patience(manifest_.takeover.patience));
    if (!settled) {
      give_up(tenure_, settled.error().why);
      return std::unexpected(settled.error());
    }
    for (const auto& holding : tenure_.claim.holdings) sweep_listeners(holding);
    if (auto opened = open_listeners(manifest_, tenure_); !opened) return failed(std::move(opened.error()));
    return std::move(tenure_);
  }

 private:
  Result<void> take_leases() {
    while (true) {
      auto attempt = ownership::try_claim(items_, allow_remote_);
      if (!attempt) return std::unexpected(attempt.error());
      if (auto* claim = std::get_if<Claim>(&*attempt)) {
        tenure_.claim = std::move(*claim);
        return {};
      }
      auto settled = settle_with_holder(std::get<Busy>(*attempt));
      if (!settled) return std::unexpected(settled.error());
      if (*settled) return {};
    }
  }

  /// True when the handover gave us the claim, false when it is worth another attempt.
  Result<bool> settle_with_holder(const Busy& busy) {
    if (is_superseded(busy)) return stand_by(busy, "this container was superseded");
    switch (manifest_.takeover.policy) {
      case manifests::TakeoverPolicy::refuse:
        return std::unexpected(
            held(busy, who_holds(busy), "to replace it set takeover.policy: handover, to wait for it standby"));
      case manifests::TakeoverPolicy::standby: return stand_by(busy, who_holds(busy));
      case manifests::TakeoverPolicy::handover: break;
    }
    return ask_for_handover(busy);
  }

  bool is_superseded(const Busy& busy) const {
    if (!busy.holder || !tenure_.is_pid_one || busy.holder->owner != manifest_.owner) return false;
    if (busy.holder->container == tenure_.container) return false;
    const auto& list = busy.holder->superseded;
    return std::find(list.begin(), list.end(), tenure_.container) != list.end();
  }

  Result<bool> stand_by(const Busy& busy, std::string_view why) {
    if (!std::exchange(has_told_standby_, true)) ownership::log::notice("standing by for", busy.path, why);
    if (ownership::wait_for_lease(busy, signals_.standing_by()) == Woke::interrupted)
      return std::unexpected(stopped_early());
    return false;
  }

  Result<bool> ask_for_handover(const Busy& busy) {
    if (!end_) end_ = ownership::Clock::now() + manifest_.takeover.patience;
    const auto patience = signals_.standing_by().until(*end_);
    if (patience.is_over())
      return std::unexpected(held(busy, who_holds(busy) + "; it did not hand over within takeover.patience",
                                  "stop it, or set a longer takeover.patience"));

    Fd connection = connect_to(busy.records.get(), busy.place.name);
    if (!connection) return outlive_launcher(busy, patience);
    const Message take{.verb = Verb::take,
                       .owner = manifest_.owner,
                       .container = tenure_.container,
                       .generation = busy.holder ? busy.holder->generation : 0,
                       .is_pid_one = tenure_.is_pid_one};
    if (!is_trusted(connection.get()) || !send_message(connection.get(), take)) return try_again(patience);

    const auto answer = next_message(connection.get(), patience);
    if (signals_.asks_to_stop()) return std::unexpected(stopped_early());
    if (!answer) return try_again(patience);
    const auto message = parse_message(answer->text());
    if (message && message->verb == Verb::refuse) return refused(busy, *message, patience);
    if (!message || message->verb != Verb::grant || answer->is_truncated) return try_again(patience);
    return take_over(busy, std::move(connection), *message, *answer, patience);
  }

  /// Nobody answers: its launcher is starting or stopping, and either ends; or it is gone and has left its tree behind.
  Result<bool> outlive_launcher(const Busy& busy, const Patience& patience) {
    if (manifest_.takeover.strangers == manifests::StrangerPolicy::evict)
      if (auto ended = ownership::evict_heirs(busy, settle_rules(manifest_), patience); !ended)
        return std::unexpected(std::move(ended.error()));
    return try_again(patience);
  }

  Result<bool> try_again(const Patience& patience) {
    if (patience.pause(retry_interval) == Woke::interrupted) return std::unexpected(stopped_early());
    return false;
  }

  Result<bool> refused(const Busy& busy, const Message& message, const Patience& patience) {
    if (message.why == superseded_reason) return stand_by(busy, "this container was superseded");
    if (message.why == other_owner_reason)
      return std::unexpected(held(busy, who_holds(busy) + ", another owner", "give each owner sockets of its own"));
    ownership::log::debug("not yet given", busy.path, message.why);
    return try_again(patience);
  }

  /// GRANT has come: verify, have the predecessor stop, and be sure that its tree is gone.
  Result<bool> take_over(const Busy& busy, Fd connection, const Message& grant, Received& granted,
                         const Patience& patience) {
    tenure_.predecessor = Predecessor{std::move(connection), std::string(grant.container)};
    tenure_.generation = grant.generation + 1;
    std::vector<Fd> leases;
    Fd their_line;
    for (std::size_t i = 0; i < granted.descriptor_count; ++i) {
      auto& arrived = granted.descriptors[i];
      if (is_life_line(arrived.get()))
        their_line = std::move(arrived);
      else
        leases.push_back(std::move(arrived));
    }
    auto claimed = ownership::try_claim(items_, allow_remote_, std::move(leases));
    if (!claimed) return failed(claimed.error());
    if (const auto* other = std::get_if<Busy>(&*claimed))
      return failed(held(*other, who_holds(*other), "every socket and pid file of a manifest needs one holder"));
    tenure_.claim = std::move(std::get<Claim>(*claimed));

    const int line = tenure_.line.watched.get();
    if (send_message(tenure_.predecessor->connection.get(), {.verb = Verb::drain}, {&line, 1})) {
      const auto stopped = next_message(tenure_.predecessor->connection.get(), patience);
      if (signals_.asks_to_stop()) return failed(stopped_early());
      if (stopped) {
        const auto message = parse_message(stopped->text());
        if (message && message->verb == Verb::stopped) return true;
      }
    }
    return outlive_predecessor(busy, their_line.get(), patience);
  }

  /// The predecessor died or does not answer: its tree may still be ending. With the tree gone we hold the lease alone.
  Result<bool> outlive_predecessor(const Busy& busy, int their_line, const Patience& patience) {
    const auto woke = their_line < 0 ? Woke::ready : patience.wait(their_line, 0);
    if (woke == Woke::interrupted) return failed(stopped_early());
    if (woke == Woke::timed_out)
      return failed(held(busy, who_holds(busy) + "; its web process did not end within takeover.patience",
                         "stop it, or set a longer takeover.patience"));
    tenure_.predecessor.reset();
    return true;
  }

  std::unexpected<Error> failed(Error error) {
    give_up(tenure_, error.why);
    return std::unexpected(std::move(error));
  }

  /// On the heap: two kilobytes that are needed once, not for the life of PID 1's stack.
  std::unique_ptr<Received> next_message(int connection, const Patience& patience) {
    auto received = std::make_unique<Received>();
    while (patience.wait(connection, POLLIN) == Woke::ready) {
      const auto receipt = receive(connection, *received);
      if (receipt == Receipt::message) return received;
      if (receipt == Receipt::hung_up) return nullptr;
    }
    return nullptr;
  }

  /// The generation goes on, and the containers that were replaced stay replaced: also one that died and left its
  /// lease to us, or it would ask for it back as soon as its engine restarts it.
  void remember_the_last_owner() {
    for (const auto& holding : tenure_.claim.holdings) {
      const auto last = ownership::read_owner_record(holding.records.get(), holding.place.name);
      if (!last || last->owner != manifest_.owner) continue;
      tenure_.generation = std::max(tenure_.generation, last->generation + 1);
      for (const auto& id : last->superseded) supersede(id);
      if (last->is_pid_one_container) supersede(last->container);
    }
  }

  void supersede(const std::string& container) {
    auto& list = tenure_.superseded;
    if (container == tenure_.container) return;
    std::erase(list, container);
    list.push_back(container);
  }

  const manifests::Manifest& manifest_;
  std::vector<ownership::Item> items_;
  bool allow_remote_;
  EarlySignals& signals_;
  Tenure tenure_;
  std::optional<ownership::Deadline> end_;
  bool has_told_standby_ = false;
};

}  // namespace

Result<Tenure> claim_all(const manifests::Manifest& manifest, bool allow_remote, EarlySignals& signals) {
  return Claiming(manifest, allow_remote, signals).run();
}

Result<void> open_listeners(const manifests::Manifest& manifest, Tenure& tenure) noexcept try {
  if (!tenure.listeners.empty()) return {};
  auto made = make_listeners(manifest, tenure.claim);
  if (!made) return std::unexpected(std::move(made.error()));
  tenure.listeners = std::move(*made);
  return publish(tenure.listeners, tenure.claim);
} catch (const std::exception&) {
  return std::unexpected(Error{ExitCode::system_call, {}, {}, {}, {}});
}

ownership::SettleRules settle_rules(const manifests::Manifest& manifest) {
  ownership::SettleRules rules;
  rules.evict_strangers = manifest.takeover.strangers == manifests::StrangerPolicy::evict;
  rules.grace = manifest.stop.grace;
  return rules;
}

void give_up(Tenure& tenure, std::string_view why) noexcept {
  if (!tenure.predecessor) return;
  send_message(tenure.predecessor->connection.get(), {.verb = Verb::failed, .why = why});
}

}  // namespace launcher
