#include "launcher/web_process.h"

#include <fcntl.h>

#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "launcher/adopting.h"
#include "launcher/spawn.h"
#include "launcher/supervise.h"
#include "ownership/log.h"

namespace launcher {
namespace {

/// execve(2) of a command on a file system that hangs must not keep PID 1 from its other duties for ever.
constexpr std::chrono::seconds exec_limit{10};

std::vector<int> kept_by_the_tree(const Office& office) {
  std::vector<int> kept;
  for (const auto& holding : office.tenure.claim.holdings) kept.push_back(holding.lease.get());
  kept.push_back(office.tenure.line.held.get());
  return kept;
}

struct Activated {
  std::vector<int> descriptors;
  std::string names;  ///< as LISTEN_FDNAMES has them
};

Activated inherited_by_the_tree(const manifests::Manifest& manifest, const Office& office) {
  Activated activated;
  auto listener = office.tenure.listeners.begin();
  for (const auto& socket : manifest.sockets) {
    if (!is_ours_to_make(socket)) continue;
    const int descriptor = (listener++)->socket.get();
    if (socket.activation != manifests::Activation::inherit) continue;
    // The web process before may have made it non-blocking; each finds it as the first did.
    fcntl(descriptor, F_SETFL, 0);
    activated.names.append(activated.descriptors.empty() ? "" : ":").append(socket.name);
    activated.descriptors.push_back(descriptor);
  }
  return activated;
}

bool serves_beside(const manifests::Manifest& manifest, const Tenure& tenure) {
  return tenure.predecessor && manifest.takeover.order == manifests::TakeoverOrder::overlap;
}

}  // namespace

ownership::Result<pid_t> WebProcess::start(Office* office) noexcept try {
  return try_start(office);
} catch (const std::exception&) {
  return std::unexpected(ownership::Error{ownership::ExitCode::system_call, {}, {}, {}, {}});
}

ownership::Result<pid_t> WebProcess::try_start(Office* office) {
  SpawnRequest request{.command = plan_.command, .inherited = inherited_, .own_session = plan_.own_session};
  std::vector<int> kept;
  std::vector<std::pair<std::string, std::string>> variables;
  Activated activated;
  if (office != nullptr) {
    kept = kept_by_the_tree(*office);
    if (const auto& address = office->readiness.notify_address(); !address.empty())
      variables.emplace_back("NOTIFY_SOCKET", address);
    activated = inherited_by_the_tree(*plan_.manifest, *office);
    auto watching = office->adoption.prepare(targets_of(*plan_.manifest, office->tenure));
    if (!watching) return std::unexpected(std::move(watching.error()));
    request.watching = *watching;
  }
  if (!activated.descriptors.empty()) {
    variables.emplace_back("LISTEN_FDS", std::to_string(activated.descriptors.size()));
    variables.emplace_back("LISTEN_FDNAMES", activated.names);
  }
  request.kept = kept;
  request.listeners = activated.descriptors;
  request.environment = {.set = variables,
                         .manifest = plan_.manifest ? &*plan_.manifest : nullptr,
                         .gives_listeners = !activated.descriptors.empty()};

  auto spawned = spawner_ ? spawner_->spawn(request, exec_limit) : spawn(request);
  if (!spawned) return std::unexpected(std::move(spawned.error()));
  if (office != nullptr)
    if (auto begun = office->adoption.begin(serves_beside(*plan_.manifest, office->tenure), exec_limit); !begun) {
      // Nobody would ever answer its calls.
      kill_and_reap(spawned->pid);
      return std::unexpected(std::move(begun.error()));
    }
  if (auto executed = exec_outcome(*spawned, plan_.command.front(), exec_limit); !executed)
    return std::unexpected(std::move(executed.error()));
  is_last_ = office == nullptr;
  if (!is_delegated()) delegate(request);
  if (is_delegated()) let_go(inherited_);
  return spawned->pid;
}

/// Where it cannot be done, we go on as we are, and try again after the next start.
void WebProcess::delegate(const SpawnRequest& request) noexcept {
  auto started = Spawner::start(request);
  if (started)
    spawner_ = std::move(*started);
  else
    ownership::log::debug(started.error().what, started.error().object, started.error().why);
}

void WebProcess::hear_spawner() noexcept {
  if (spawner_) spawner_->bury();
}

void WebProcess::dismiss_spawner() noexcept {
  if (spawner_) spawner_->dismiss();
}

}  // namespace launcher
