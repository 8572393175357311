#include "hook/settle_container.h"

#include <algorithm>
#include <ctime>
#include <optional>
#include <utility>
#include <variant>

#include "hook/container_record.h"
#include "hook/container_view.h"
#include "hook/launcher_inside.h"
#include "hook/shared_places.h"
#include "ownership/claim.h"
#include "ownership/evict.h"
#include "ownership/leftovers.h"
#include "ownership/log.h"

namespace hook {
namespace {

using manifests::Manifest;
using ownership::Busy;
using ownership::Claim;
using ownership::Error;
using ownership::ExitCode;
using ownership::Patience;
using ownership::PlacedItem;
using ownership::Result;
using std::chrono::milliseconds;

constexpr std::string_view our_name = "solinit-hook";
constexpr milliseconds longest_moment{2000};

RecordedPlace recorded(const SharedItem& shared) {
  return {shared.item.kind, shared.item.path, shared.in->directory,       shared.name,
          shared.device,    shared.inode,     shared.in->item.host->part};
}

struct Newcomer {
  pid_t pid;
  bool brings_launcher;
};

/// What the settlements of one container have in common.
struct Setting {
  Newcomer newcomer;
  int records;
  ownership::Leftovers leftovers{};
};

enum class Settled { all, again };

/// What is settled for one owner of one container.
class Settlement {
 public:
  Settlement(const Manifest& manifest, Setting& setting, const Patience& patience)
      : manifest_(manifest), newcomer_(setting.newcomer), records_(setting.records), patience_(patience) {
    using manifests::StrangerPolicy;
    // A KILL must still come before our own end.
    const auto left = std::chrono::duration_cast<milliseconds>(patience.end() - ownership::Clock::now());
    rules_ = {manifest.takeover.strangers == StrangerPolicy::evict, std::min(manifest.stop.grace, left * 3 / 4),
              ownership::Reach::whole_host, [this](const ownership::Holder& holder) { return may_end(holder); },
              &setting.leftovers};
  }

  /// `again`: the holder of a lease is gone, and everything is to be looked at anew.
  Result<Settled> run(std::vector<PlacedItem> places) {
    auto claimed = ownership::try_claim(std::move(places), false);
    if (!claimed) return std::unexpected(std::move(claimed.error()));
    if (const auto* busy = std::get_if<Busy>(&*claimed)) return meet_holder(*busy);
    if (auto done = ownership::settle(std::get<Claim>(*claimed), rules_, patience_); !done)
      return std::unexpected(std::move(done.error()));
    return Settled::all;
  }

 private:
  Result<Settled> meet_holder(const Busy& busy) const {
    if (newcomer_.brings_launcher) return Settled::all;
    if (is_of_a_moment(busy) && ownership::wait_for_lease(busy, patience_.until(ownership::Clock::now() + longest_moment)) ==
                                    ownership::Woke::ready)
      return Settled::again;
    if (manifest_.takeover.policy != manifests::TakeoverPolicy::handover || patience_.is_over())
      return std::unexpected(refusal(busy));
    if (auto evicted = ownership::evict_lease_holders(busy, rules_, patience_); !evicted)
      return std::unexpected(std::move(evicted.error()));
    *rules_.leftovers = {};  // it may have ended amid a quarantine
    return Settled::again;
  }

  /// Another stage, for another container of the volume, or who shows the status; they let go by themselves.
  static bool is_of_a_moment(const Busy& busy) {
    const auto holders = ownership::find_lease_holders(busy.lease.get(), ownership::Reach::whole_host);
    return std::all_of(holders.list.begin(), holders.list.end(),
                       [](const ownership::Holder& holder) { return holder.status.name() == our_name; });
  }

  Error refusal(const Busy& busy) const {
    const auto holders = ownership::find_lease_holders(busy.lease.get(), ownership::Reach::whole_host);
    auto who = holders.list.empty() ? ownership::why_unfound(holders) : ownership::describe(holders.list);
    if (busy.holder) who += ", as " + ownership::describe(*busy.holder, std::time(nullptr));
    return {ExitCode::held, "cannot take the lease of", busy.path, "held by " + who,
            "stop it, or set takeover.policy: handover"};
  }

  /// Only what lives in a container of the same owner, by root's own records.
  bool may_end(const ownership::Holder& holder) {
    if (holder.pid == newcomer_.pid) return false;
    if (!known_) known_ = read_records(records_);
    return std::any_of(known_->begin(), known_->end(), [&](const ContainerRecord& record) {
      return std::find(record.owners.begin(), record.owners.end(), manifest_.owner) != record.owners.end() &&
             is_inside(holder, record);
    });
  }

  const Manifest& manifest_;
  const Newcomer newcomer_;
  int records_;
  const Patience& patience_;
  ownership::SettleRules rules_;
  std::optional<std::vector<ContainerRecord>> known_;
};

Result<void> settle_all(Settlement& settlement, const std::vector<SharedItem>& items, const HostManifest* manifest) {
  while (true) {
    auto copies = copies_of(items, manifest);
    if (!copies) return std::unexpected(std::move(copies.error()));
    auto settled = settlement.run(std::move(*copies));
    if (!settled || *settled == Settled::all) return settled ? Result<void>{} : std::unexpected(settled.error());
  }
}

}  // namespace

Result<void> settle_container(const State& state, const BundleConfig& config,
                              const std::vector<const HostManifest*>& manifests, const StageOptions& options,
                              const Patience& patience) {
  const auto view = view_container(state.pid, state.bundle, config);
  if (!view) return std::unexpected(view.error());
  SharedPlaces places(*view, config);
  for (const auto* one : manifests)
    if (auto added = places.add(*one); !added) return added;
  if (places.items().empty()) return {};
  if (auto checked = places.check_that_each_has_one_owner(); !checked) return checked;

  const auto records = open_records_directory(options.records, true);
  if (!records) return std::unexpected(records.error());
  auto record = record_of(state.id, state.pid);
  Setting setting{{state.pid, brings_launcher(config)}, records->get()};
  for (const auto* one : manifests) {
    record.owners.push_back(one->manifest.owner);
    Settlement settlement(one->manifest, setting, patience);
    if (auto settled = settle_all(settlement, places.items(), one); !settled) return settled;
  }
  for (const auto& shared : places.items()) record.places.push_back(recorded(shared));
  return write_record(records->get(), record);
}

}  // namespace hook
