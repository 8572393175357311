#include "launcher/adoption.h"

#include <poll.h>

#include <array>
#include <exception>
#include <utility>

#include "ownership/log.h"

namespace launcher {
namespace {

namespace log = ownership::log;

constexpr std::chrono::milliseconds try_interval{500};

std::vector<std::string_view> paths_of(const std::vector<AdoptTarget>& targets) {
  std::vector<std::string_view> paths;
  for (const auto& target : targets) paths.push_back(target.path);
  return paths;
}

bool has_hung_up(int notify) noexcept {
  pollfd end{notify, POLLIN, 0};
  return poll(&end, 1, 0) == 1 && (end.revents & POLLIN) == 0;
}

}  // namespace

ownership::Result<Watching> Adoption::prepare(std::vector<AdoptTarget> targets) {
  *this = Adoption();
  if (targets.empty()) return Watching{};
  targets_ = std::move(targets);
  auto channel = make_adopt_channel();
  if (!channel) return std::unexpected(std::move(channel.error()));
  from_child_ = std::move(*channel);
  filter_.emplace(paths_of(targets_));
  return Watching{filter_->code(), from_child_.theirs.get()};
}

ownership::Result<void> Adoption::begin(bool beside_predecessor, std::chrono::milliseconds limit) {
  is_beside_predecessor_ = beside_predecessor;
  if (!from_child_.theirs) return {};
  from_child_.theirs.reset();
  notify_ = receive_notify(from_child_.ours.get(), limit);
  from_child_.ours.reset();
  // A child that could not do its part reports the failure of its execution.
  return notify_ ? start_notifying() : ownership::Result<void>();
}

ownership::Result<void> Adoption::start_notifying() {
  auto channel = make_adopt_channel();
  if (!channel) return std::unexpected(std::move(channel.error()));
  auto started = start_notifier({notify_.get(), channel->theirs.get(), targets_, is_beside_predecessor_, listening_,
                                 has_fallen_back_});
  if (started) channel_ = std::move(channel->ours);
  return started;
}

Adoption::Heard Adoption::hear() noexcept {
  bool is_over = false;
  while (const auto report = receive_report(channel_.get(), is_over)) {
    if (report->what == AdoptReport::What::must_fall_back) return has_fallen_back_ = true, Heard::must_fall_back;
    if (report->target < targets_.size()) listening_.set(report->target);
  }
  if (is_over) replace_notifier();
  return Heard::nothing;
}

void Adoption::replace_notifier() noexcept {
  channel_.reset();
  if (has_hung_up(notify_.get())) return notify_.reset();
  log::warning("starting the notifier again", "", "it was killed");
  try_again();
}

/// Until one runs, the web process waits at each call that is notified.
void Adoption::try_again() noexcept {
  tries_at_.reset();
  if (!notify_ || has_hung_up(notify_.get())) return notify_.reset();
  try {
    const auto started = start_notifying();
    if (started) return;
    log::fail(started.error());
  } catch (const std::exception& failure) {
    log::warning("cannot start the notifier again", "", failure.what());
  }
  tries_at_ = ownership::Clock::now() + try_interval;
}

void Adoption::has_made_way() noexcept { send_report(channel_.get(), {AdoptReport::What::must_fall_back, 0}); }

std::optional<bool> Adoption::is_listening(std::string_view path) const noexcept {
  if (has_fallen_back_) return std::nullopt;
  for (std::size_t i = 0; i < targets_.size(); ++i)
    if (targets_[i].path == path) return listening_[i];
  return std::nullopt;
}

}  // namespace launcher
