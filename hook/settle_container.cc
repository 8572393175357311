#include "hook/settle_container.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <optional>
#include <utility>
#include <variant>

#include "hook/container_record.h"
#include "hook/container_view.h"
#include "hook/launcher_inside.h"
#include "ownership/claim.h"
#include "ownership/evict.h"
#include "ownership/log.h"

namespace hook {
namespace {

using manifests::Manifest;
using ownership::Busy;
using ownership::Claim;
using ownership::Error;
using ownership::ExitCode;
using ownership::Fd;
using ownership::Item;
using ownership::Patience;
using ownership::PlacedItem;
using ownership::Result;
using std::chrono::milliseconds;

struct Placed {
  const HostManifest* manifest;
  SharedPlace place;
};

std::vector<Item> items_of(const Manifest& manifest) {
  std::vector<Item> items;
  for (const auto& socket : manifest.sockets) items.push_back({Item::Kind::socket, socket.path});
  for (const auto& path : manifest.pid_files) items.push_back({Item::Kind::pid_file, path});
  return items;
}

bool is_one_place(const ownership::Place& one, const ownership::Place& other) noexcept {
  struct stat first{};
  struct stat second{};
  return one.name == other.name && fstat(one.directory.get(), &first) == 0 &&
         fstat(other.directory.get(), &second) == 0 && first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

Result<void> check_that_each_has_one_owner(const std::vector<Placed>& all) {
  for (auto one = all.begin(); one != all.end(); ++one)
    for (auto other = all.begin(); other != one; ++other)
      if (other->manifest != one->manifest && is_one_place(one->place.item.place, other->place.item.place))
        return std::unexpected(Error{ExitCode::bad_manifest, "cannot settle", one->place.item.item.path,
                                     other->manifest->file + " and " + one->manifest->file + " both own it",
                                     "let one manifest own it, or let their match differ"});
  return {};
}

/// Nothing stands there, and nobody has ever had a lease: the volume is left as it is.
bool is_untouched(const PlacedItem& placed) noexcept {
  struct stat status {};
  const auto lease = ".solinit/" + placed.place.name + ".lease";
  const int directory = placed.place.directory.get();
  return fstatat(directory, placed.place.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT &&
         fstatat(directory, lease.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT;
}

RecordedPlace recorded(const SharedPlace& shared) {
  struct stat status {};
  fstat(shared.item.place.directory.get(), &status);
  return {shared.item.item.kind, shared.item.item.path, shared.directory,       shared.item.place.name,
          status.st_dev,         status.st_ino,         shared.item.host->part};
}

struct Newcomer {
  pid_t pid;
  bool brings_launcher;
};

enum class Settled { all, again };

/// What is settled for one owner of one container.
class Settlement {
 public:
  Settlement(const Manifest& manifest, const Newcomer& newcomer, int records, const Patience& patience)
      : manifest_(manifest), newcomer_(newcomer), records_(records), patience_(patience) {
    using manifests::StrangerPolicy;
    // A KILL must still come before our own end.
    const auto left = std::chrono::duration_cast<milliseconds>(patience.end() - ownership::Clock::now());
    rules_ = {manifest.takeover.strangers == StrangerPolicy::evict, std::min(manifest.stop.grace, left * 3 / 4),
              ownership::Reach::whole_host, [this](const ownership::Holder& holder) { return may_end(holder); }};
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
    if (manifest_.takeover.policy != manifests::TakeoverPolicy::handover || patience_.is_over())
      return std::unexpected(refusal(busy));
    if (auto evicted = ownership::evict_lease_holders(busy, rules_, patience_); !evicted)
      return std::unexpected(std::move(evicted.error()));
    return Settled::again;
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

Result<std::vector<Placed>> find_places(const ContainerView& view, const BundleConfig& config,
                                        const std::vector<const HostManifest*>& manifests) {
  std::vector<Placed> all;
  for (const auto* one : manifests)
    for (const auto& item : items_of(one->manifest)) {
      auto shared = find_shared(view, config, item);
      if (!shared) return std::unexpected(std::move(shared.error()));
      if (*shared)
        all.push_back({one, std::move(**shared)});
      else
        ownership::log::debug("nothing to do for", item.path, "the container shares it with nobody");
    }
  return all;
}

/// The descriptors of one owner's places, for one attempt.
Result<std::vector<PlacedItem>> copies_of(const std::vector<Placed>& all, const HostManifest* manifest) {
  std::vector<PlacedItem> copies;
  for (const auto& [owner, shared] : all) {
    if (owner != manifest || is_untouched(shared.item)) continue;
    const auto& [item, place, host] = shared.item;
    PlacedItem copy{item, {Fd(fcntl(place.directory.get(), F_DUPFD_CLOEXEC, 3)), place.name, place.path},
                    ownership::HostSide{host->part, {}, host->beside_path}};
    if (host->beside) copy.host->beside.reset(fcntl(host->beside.get(), F_DUPFD_CLOEXEC, 3));
    if (!copy.place.directory) return std::unexpected(ownership::system_error("cannot settle", item.path, errno));
    copies.push_back(std::move(copy));
  }
  return copies;
}

Result<void> settle_all(Settlement& settlement, const std::vector<Placed>& places, const HostManifest* manifest) {
  while (true) {
    auto copies = copies_of(places, manifest);
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
  const auto places = find_places(*view, config, manifests);
  if (!places) return std::unexpected(places.error());
  if (places->empty()) return {};
  if (auto checked = check_that_each_has_one_owner(*places); !checked) return checked;

  const auto records = open_records_directory(options.records, true);
  if (!records) return std::unexpected(records.error());
  auto record = record_of(state.id, state.pid);
  const Newcomer newcomer{state.pid, brings_launcher(config)};
  for (const auto* one : manifests) {
    record.owners.push_back(one->manifest.owner);
    Settlement settlement(one->manifest, newcomer, records->get(), patience);
    if (auto settled = settle_all(settlement, *places, one); !settled) return settled;
  }
  for (const auto& placed : *places) record.places.push_back(recorded(placed.place));
  return write_record(records->get(), record);
}

}  // namespace hook
