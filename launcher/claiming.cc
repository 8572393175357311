#include "launcher/claiming.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <memory>
#include <utility>

#include "control/control_socket.h"
#include "control/message.h"
#include "launcher/progress.h"
#include "ownership/evict.h"
#include "ownership/log.h"
#include "ownership/owner_record.h"

namespace launcher {
namespace {

using control::Message;
using control::Receipt;
using control::Received;
using control::Verb;
using control::is_trusted;
using control::parse_message;
using control::receive;
using control::send_message;
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
constexpr milliseconds longest_instant{500};

std::string who_holds(const Busy& busy) {
  return busy.holder ? "held by " + ownership::describe(*busy.holder, std::time(nullptr))
                     : "held by a process that left no owner file";
}

Error held(const Busy& busy, std::string why, std::string advice) {
  return {ExitCode::held, "cannot take the lease of", busy.path, std::move(why), std::move(advice)};
}

Error stopped_early() { return {ExitCode::success, "", "", "", ""}; }

/// One attempt to become the owner: who we are, what we want, and until when.
class Claiming {
 public:
  Claiming(const manifests::Manifest& manifest, bool allow_remote, EarlySignals& signals)
      : manifest_(manifest), items_(items_of(manifest)), allow_remote_(allow_remote), signals_(signals) {
    tenure_.container = ownership::this_container();
    tenure_.is_pid_one = getpid() == 1;
  }

  Result<Tenure> run() {
    auto tenure = try_run();
    if (!tenure) let_go(offer_, survey_);
    return tenure;
  }

 private:
  Result<Tenure> try_run() {
    auto line = make_life_line();
    if (!line) return std::unexpected(line.error());
    tenure_.line = std::move(*line);
    if (auto taken = take_leases(); !taken) return std::unexpected(taken.error());
    remember_the_last_owner();
    const bool overlaps = tenure_.predecessor && tenure_.predecessor->newcomer.overlaps;
    if (!overlaps)
      if (auto settled = settle(); !settled) return failed(std::move(settled.error()));
    tenure_.listeners = std::exchange(offer_, {});
    if (overlaps) return std::move(tenure_);
    auto opened = open_listeners(manifest_, tenure_);
    if (opened) opened = publish(tenure_.listeners, tenure_.claim);
    if (!opened) return failed(std::move(opened.error()));
    return std::move(tenure_);
  }

  /// What stands where our listeners are published already is settled.
  Result<void> settle() {
    const auto rules = settle_rules(manifest_);
    const auto patience = signals_.patience(manifest_.takeover.patience);
    for (std::size_t i = 0; i < tenure_.claim.holdings.size(); ++i) {
      const auto& holding = tenure_.claim.holdings[i];
      if (!tenure_.predecessor) sweep_listeners(holding);
      if (is_ours_already(i)) continue;
      if (auto settled = ownership::settle(holding, rules, patience); !settled) return settled;
    }
    return {};
  }

  bool is_ours_already(std::size_t holding) const {
    return std::any_of(offer_.begin(), offer_.end(), [&](const Listener& listener) {
      return listener.holding == holding && is_published(listener, tenure_.claim.holdings[holding]);
    });
  }

  /// Whether the predecessor has given a listener for what we have one for.
  bool has_counterpart(std::size_t holding) const {
    return tenure_.predecessor && has_listener(tenure_.predecessor->theirs, holding);
  }

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
    switch (manifest_.takeover.policy) {
      case manifests::TakeoverPolicy::refuse: return refuse(busy);
      case manifests::TakeoverPolicy::standby: return stand_by(busy, who_holds(busy));
      case manifests::TakeoverPolicy::handover: break;
    }
    if (is_superseded(busy)) return stand_by(busy, "this container was superseded");
    return ask_for_handover(busy);
  }

  /// A stage of the hook, and who shows the status, hold a lease for an instant.
  Result<bool> refuse(const Busy& busy) {
    if (!std::exchange(has_looked_twice_, true)) {
      const auto woke = ownership::wait_for_lease(busy, signals_.patience(longest_instant));
      if (woke == Woke::interrupted) return std::unexpected(stopped_early());
      if (woke == Woke::ready) return false;
    }
    return std::unexpected(
        held(busy, who_holds(busy), "to replace it set takeover.policy: handover, to wait for it standby"));
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
    if (!end_) {
      end_ = ownership::Clock::now() + manifest_.takeover.patience;
      progress_.begin("the predecessor", manifest_.takeover.patience);
    }
    const auto patience = signals_.standing_by().until(*end_);
    if (patience.is_over())
      return std::unexpected(held(busy, who_holds(busy) + "; it did not hand over within takeover.patience",
                                  "stop it, or set a longer takeover.patience"));

    Fd connection = control::connect_to(busy.records.get(), busy.place.name);
    if (!connection) return outlive_launcher(busy, patience);
    if (auto offered = make_offer(); !offered) return std::unexpected(std::move(offered.error()));
    const Message take{.verb = Verb::take,
                       .owner = manifest_.owner,
                       .container = tenure_.container,
                       .generation = busy.holder ? busy.holder->generation : 0,
                       .is_pid_one = tenure_.is_pid_one};
    if (!is_trusted(connection.get()) || !send_message(connection.get(), take, what_to_send()))
      return try_again(patience);

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
    progress_.tell();
    if (patience.pause(retry_interval) == Woke::interrupted) return std::unexpected(stopped_early());
    return false;
  }

  Result<bool> refused(const Busy& busy, const Message& message, const Patience& patience) {
    if (message.why == control::superseded_reason) return stand_by(busy, "this container was superseded");
    if (message.why == control::other_owner_reason)
      return std::unexpected(held(busy, who_holds(busy) + ", another owner", "give each owner sockets of its own"));
    ownership::log::debug("not yet given", busy.path, message.why);
    return try_again(patience);
  }

  /// Our listeners exist before the lease is ours: the predecessor keeps copies.
  Result<void> make_offer() {
    if (!survey_.holdings.empty()) return {};
    auto survey = ownership::survey(items_, allow_remote_);
    if (!survey) return std::unexpected(std::move(survey.error()));
    survey_ = std::move(*survey);
    auto made = make_listeners(manifest_, survey_);
    if (!made) return std::unexpected(std::move(made.error()));
    offer_ = std::move(*made);
    for (const auto& listener : offer_) sent_.push_back(listener.socket.get());
    sent_.push_back(tenure_.line.watched.get());
    return {};
  }
  std::span<const int> what_to_send() const { return sent_; }

  /// GRANT has come: verify what came with it, and go through the handover as far as the start of our web process.
  Result<bool> take_over(const Busy& busy, Fd connection, const Message& grant, Received& granted,
                         const Patience& patience) {
    tenure_.predecessor = Predecessor{std::move(connection), {}, {}, std::string(grant.container), {}};
    tenure_.generation = grant.generation + 1;
    // On a full volume its owner file may be an older one's.
    if (grant.is_pid_one) supersede(tenure_.predecessor->container);
    auto claimed = ownership::try_claim(items_, allow_remote_, unpack(granted));
    if (!claimed) return failed(std::move(claimed.error()));
    if (const auto* other = std::get_if<Busy>(&*claimed))
      return failed(held(*other, who_holds(*other), "every socket and pid file of a manifest needs one holder"));
    tenure_.claim = std::move(std::get<Claim>(*claimed));

    auto& newcomer = tenure_.predecessor->newcomer;
    newcomer.wants_overlap = manifest_.takeover.order == manifests::TakeoverOrder::overlap;
    const bool has_all = tenure_.predecessor->theirs.size() == tenure_.claim.holdings.size();
    auto done = advance(Newcomer::Granted{has_all});
    while (done && (newcomer.phase == Newcomer::Phase::draining || newcomer.phase == Newcomer::Phase::outliving))
      done = advance(next_event(patience));
    if (done && newcomer.phase == Newcomer::Phase::failed)
      done = std::unexpected(signals_.asks_to_stop() ? stopped_early() : late(busy));
    if (!done) return failed(std::move(done.error()));
    if (newcomer.phase == Newcomer::Phase::alone) tenure_.predecessor.reset();
    return true;
  }

  Error late(const Busy& busy) const {
    return held(busy, who_holds(busy) + "; its web process did not end within takeover.patience",
                "stop it, or set a longer takeover.patience");
  }

  /// Its leases are returned; its life line and its listeners, as far as they are what they have to be, are kept.
  std::vector<Fd> unpack(Received& granted) {
    std::vector<Fd> leases;
    for (std::size_t i = 0; i < granted.descriptor_count; ++i) {
      auto& arrived = granted.descriptors[i];
      if (is_life_line(arrived.get()))
        tenure_.predecessor->line = std::move(arrived);
      else if (!take_listener(arrived))
        leases.push_back(std::move(arrived));
    }
    return leases;
  }

  bool take_listener(Fd& received) {
    for (const auto& socket : manifest_.sockets) {
      const auto number = holding_of(survey_, socket.path);
      if (!has_listener(offer_, number) || has_counterpart(number)) continue;
      auto theirs = recognise(received, socket, survey_.holdings[number]);
      if (!theirs) continue;
      theirs.holding = number;
      tenure_.predecessor->theirs.push_back(std::move(theirs));
      return true;
    }
    return false;
  }

  Result<void> advance(const Newcomer::Event& event) {
    auto& predecessor = *tenure_.predecessor;
    const auto next = step(predecessor.newcomer, event);
    predecessor.newcomer = next.newcomer;
    for (const auto order : next) {
      // One that cannot hear us has hung up: that is what we hear next. That we failed is told with its reason.
      if (order == Newcomer::Order::say_drain) send_message(predecessor.connection.get(), {.verb = Verb::drain});
      if (order == Newcomer::Order::publish)
        if (auto published = publish_over_theirs(); !published) return published;
    }
    return {};
  }

  Result<void> publish_over_theirs() {
    for (const auto& listener : offer_) {
      if (!has_counterpart(listener.holding)) continue;
      const auto& holding = tenure_.claim.holdings[listener.holding];
      if (!publish_listener(listener, holding))
        return std::unexpected(ownership::system_error("cannot publish the socket at", holding.place.path, errno));
    }
    return {};
  }

  Newcomer::Event next_event(const Patience& patience) {
    const auto& predecessor = *tenure_.predecessor;
    if (predecessor.newcomer.phase == Newcomer::Phase::outliving) {
      if (wait(predecessor.line.get(), 0, patience) == Woke::ready) return Newcomer::TreeGone{};
      return Newcomer::PatienceEnded{};
    }
    const auto received = next_message(predecessor.connection.get(), patience);
    if (!received && (signals_.asks_to_stop() || patience.is_over())) return Newcomer::PatienceEnded{};
    const auto message = received ? parse_message(received->text()) : std::nullopt;
    if (message && message->verb == Verb::stopped) return Newcomer::Stopped{};
    return Newcomer::HungUp{};
  }

  std::unexpected<Error> failed(Error error) {
    if (tenure_.predecessor) give_up(tenure_, error.why);
    return std::unexpected(std::move(error));
  }

  Woke wait(int descriptor, short events, const Patience& patience) {
    while (true) {
      const auto next = progress_.next();
      const auto woke = (next ? patience.until(*next) : patience).wait(descriptor, events);
      if (woke != Woke::timed_out || patience.is_over()) return woke;
      progress_.tell();
    }
  }

  /// On the heap: two kilobytes that are needed once, not for the life of PID 1's stack.
  std::unique_ptr<Received> next_message(int connection, const Patience& patience) {
    auto received = std::make_unique<Received>();
    while (wait(connection, POLLIN, patience) == Woke::ready) {
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
  Claim survey_;  ///< of our places, before the leases are ours
  std::vector<Listener> offer_;
  std::vector<int> sent_;  ///< with TAKE
  std::optional<ownership::Deadline> end_;
  bool has_told_standby_ = false;
  bool has_looked_twice_ = false;
  Progress progress_;
};

}  // namespace

std::vector<ownership::Item> items_of(const manifests::Manifest& manifest) {
  std::vector<ownership::Item> items;
  for (const auto& socket : manifest.sockets) items.push_back({ownership::Item::Kind::socket, socket.path});
  for (const auto& path : manifest.pid_files) items.push_back({ownership::Item::Kind::pid_file, path});
  return items;
}

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

bool give_up(const Tenure& tenure, std::string_view why) noexcept {
  return tenure.predecessor &&
         send_message(tenure.predecessor->connection.get(), {.verb = Verb::failed, .why = why});
}

}  // namespace launcher
