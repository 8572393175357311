#include "hook/status.h"

#include <unistd.h>

#include <algorithm>
#include <exception>
#include <tuple>
#include <utility>

#include "hook/host_manifests.h"
#include "hook/host_places.h"
#include "ownership/log.h"
#include "status/observe.h"

namespace hook {
namespace {

using ownership::ExitCode;
using ownership::Item;
using status::Sight;

/// However many launchers do not answer.
constexpr std::chrono::seconds all_answers{10};

/// Who is bound is no stranger where the hook let its container start for the owner.
void know_its_container(Sight& sight, const ContainerRecord& record) {
  if (sight.owner.empty() && record.owners.size() == 1) sight.owner = record.owners.front();
  if (sight.container.empty()) sight.container = record.id;
  for (const auto& stranger : sight.strangers) {
    const auto process = ownership::read_process_status(stranger.pid);
    auto holder = process ? ownership::pin_process(stranger.pid, *process) : std::nullopt;
    if (!holder) continue;
    holder->residence = ownership::residence_of(stranger.pid);
    if (is_inside(*holder, record)) sight.is_served_by_its_container = true;
  }
}

Sight standing_by(const Sight& served, pid_t launcher) {
  Sight sight;
  sight.path = served.path;
  sight.kind = served.kind;
  sight.owner = owner_of(served);
  const auto residence = ownership::residence_of(launcher);
  sight.container = residence.container;
  sight.engine = residence.engine;
  sight.stands_by = residence.container.empty() ? "pid " + std::to_string(launcher) : residence.container;
  return sight;
}

void add_idle(const HostManifest& one, std::vector<Sight>& sights) {
  const auto add = [&](Item::Kind kind, const std::string& path) {
    const bool is_seen = std::any_of(sights.begin(), sights.end(), [&](const Sight& sight) {
      return sight.path == path && owner_of(sight) == one.manifest.owner;
    });
    if (is_seen) return;
    Sight sight;
    sight.path = path;
    sight.kind = kind;
    sight.owner = one.manifest.owner;
    sight.lease = status::Lease::none;
    sight.there = status::There::nothing;
    sight.reason = "no container that runs has it";
    sights.push_back(std::move(sight));
  };
  for (const auto& socket : one.manifest.sockets) add(Item::Kind::socket, socket.path);
  for (const auto& path : one.manifest.pid_files) add(Item::Kind::pid_file, path);
}

std::vector<Sight> look(const StatusOptions& options) {
  const auto end = ownership::Clock::now() + all_answers;
  std::vector<Sight> sights;
  for (const auto& found : find_host_places(options.records)) {
    auto sight = status::observe(found.item, found.place, ownership::Reach::whole_host, end);
    if (found.record) know_its_container(sight, *found.record);
    const bool is_handing_over = state_of(sight) == status::State::handing_over;
    std::vector<Sight> others;
    if (!is_handing_over)
      for (const auto launcher : found.waiting) others.push_back(standing_by(sight, launcher));
    sights.push_back(std::move(sight));
    std::move(others.begin(), others.end(), std::back_inserter(sights));
  }
  const auto manifests = read_host_manifests(options.manifests);
  for (const auto& bad : manifests.bad) ownership::log::fail(bad);
  for (const auto& one : manifests.good) add_idle(one, sights);
  std::stable_sort(sights.begin(), sights.end(), [](const Sight& a, const Sight& b) {
    return std::tie(owner_of(a), a.path) < std::tie(owner_of(b), b.path);
  });
  return sights;
}

}  // namespace

int run_status(int argc, char** argv) try {
  const auto options = parse_status_options({argv + 2, static_cast<std::size_t>(argc - 2)});
  if (!options) return ownership::log::fail(options.error());
  if (geteuid() != 0)
    return ownership::log::fail({ExitCode::not_permitted, "cannot see into containers", "", "we are not root",
                                 "run it as root, or ask solinit --status inside the container"});
  status::show(options->view, [&] { return look(*options); });
  return 0;
} catch (const std::exception& failure) {
  return ownership::log::fail({ExitCode::our_bug, "cannot show the status", "", failure.what(), ""});
}

}  // namespace hook
