#include <fcntl.h>
#include <sys/stat.h>

#include <exception>
#include <utility>
#include <variant>

#include "hook/container_record.h"
#include "hook/settle_container.h"
#include "ownership/claim.h"
#include "ownership/log.h"

namespace hook {
namespace {

using ownership::Fd;
using ownership::HostSide;
using ownership::PlacedItem;

void clean(const RecordedPlace& place) {
  Fd directory = open_again(place);
  struct stat status {};
  if (!directory || fstatat(directory.get(), place.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return;
  std::vector<PlacedItem> items;
  items.push_back({{place.kind, place.path}, {std::move(directory), place.name, place.path}, HostSide{place.part, {}}});
  auto claimed = ownership::try_claim(std::move(items), false);
  if (!claimed) return ownership::log::warning(claimed.error().what, claimed.error().object, claimed.error().why);
  // Another's lease: the next web process is there already.
  if (const auto* claim = std::get_if<ownership::Claim>(&*claimed)) ownership::release(claim->holdings.front());
}

}  // namespace

void clean_after(const State& state, const StageOptions& options) noexcept try {
  const auto records = open_records_directory(options.records, false);
  if (!records) return;
  const auto record = read_record(records->get(), state.id);
  if (!record) return;
  for (const auto& place : record->places) clean(place);
  remove_record(records->get(), state.id);
} catch (const std::exception& failure) {
  ownership::log::warning("cannot clean after", state.id, failure.what());
}

}  // namespace hook
