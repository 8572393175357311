#include "ownership/claim.h"

#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "ownership/lease.h"

namespace ownership {
namespace {

using std::chrono::milliseconds;

/// The description of a predecessor that holds the lock which `fresh` could not get.
Fd take_given(std::vector<Fd>& given, int fresh) noexcept {
  for (auto& candidate : given)
    if (candidate && holds_lease(candidate.get(), fresh)) return std::move(candidate);
  return {};
}

/// Our own lock would look like another's: a second description of one file.
bool is_taken_already(const Claim& claim, int fresh) noexcept {
  return std::any_of(claim.holdings.begin(), claim.holdings.end(),
                     [fresh](const auto& holding) { return is_same_file(holding.lease.get(), fresh); });
}

Result<std::optional<Busy>> add(Claim& claim, PlacedItem placed, bool allow_remote, std::vector<Fd>& given) {
  auto& [item, place, host] = placed;
  auto records = open_records(place, allow_remote);
  if (!records) return std::unexpected(std::move(records.error()));
  auto lease = take_lease(place, records->get());
  if (!lease) return std::unexpected(std::move(lease.error()));

  if (!lease->is_ours) {
    if (is_taken_already(claim, lease->file.get()))
      return std::unexpected(Error{ExitCode::bad_manifest, "cannot own", item.path,
                                   "the manifest names this file twice", "name each socket and pid file once"});
    Fd theirs = take_given(given, lease->file.get());
    if (!theirs) {
      auto holder = read_owner_record(records->get(), place.name);
      return Busy{item.path, std::move(holder), std::move(lease->file), std::move(place), std::move(*records)};
    }
    lease->file = std::move(theirs);
  }
  claim.holdings.push_back(
      {std::move(item), std::move(place), std::move(*records), std::move(lease->file), std::move(host)});
  return std::nullopt;
}

}  // namespace

Result<Claim> survey(std::span<const Item> items, bool allow_remote) {
  Claim claim;
  for (const auto& item : items) {
    auto place = open_place(item.path);
    if (!place) return std::unexpected(std::move(place.error()));
    auto records = open_records(*place, allow_remote);
    if (!records) return std::unexpected(std::move(records.error()));
    claim.holdings.push_back({item, std::move(*place), std::move(*records), Fd(), {}});
  }
  std::sort(claim.holdings.begin(), claim.holdings.end(),
            [](const Holding& one, const Holding& other) { return one.item.path < other.item.path; });
  return claim;
}

Result<std::variant<Claim, Busy>> try_claim(std::span<const Item> items, bool allow_remote, std::vector<Fd> given) {
  std::vector<PlacedItem> placed;
  for (const auto& item : items) {
    auto place = open_place(item.path);
    if (!place) return std::unexpected(std::move(place.error()));
    placed.push_back({item, std::move(*place)});
  }
  return try_claim(std::move(placed), allow_remote, std::move(given));
}

Result<std::variant<Claim, Busy>> try_claim(std::vector<PlacedItem> items, bool allow_remote, std::vector<Fd> given) {
  std::sort(items.begin(), items.end(),
            [](const PlacedItem& one, const PlacedItem& other) { return one.item.path < other.item.path; });
  Claim claim;
  claim.holdings.reserve(items.size());
  for (auto& item : items) {
    auto busy = add(claim, std::move(item), allow_remote, given);
    if (!busy) return std::unexpected(std::move(busy.error()));
    if (*busy) return std::move(**busy);
  }
  return claim;
}

Woke wait_for_lease(const Busy& busy, const Patience& patience) noexcept {
  constexpr milliseconds longest{20};
  for (milliseconds interval{1};; interval = std::min(interval * 2, longest)) {
    if (flock(busy.lease.get(), LOCK_EX | LOCK_NB) == 0) {
      flock(busy.lease.get(), LOCK_UN);
      return Woke::ready;
    }
    // Where locks do not work at all, the next try_claim says so.
    if (errno != EWOULDBLOCK && errno != EINTR) return Woke::ready;
    if (patience.is_over()) return Woke::timed_out;
    if (patience.pause(interval) == Woke::interrupted) return Woke::interrupted;
  }
}

}  // namespace ownership
