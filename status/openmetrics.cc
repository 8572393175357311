#include <array>
#include <functional>
#include <optional>

#include "status/render.h"

namespace status {
namespace {

using Value = std::optional<std::uint64_t> (*)(const Sight&);

struct Metric {
  const char* name;
  const char* type;
  const char* help;
  Value value;
};

std::optional<std::uint64_t> told(const Sight& sight, std::uint64_t Told::*number) {
  if (!sight.told) return {};
  return *sight.told.*number;
}
std::optional<std::uint64_t> time_told(const Sight& sight, std::int64_t Told::*time) {
  if (!sight.told || *sight.told.*time <= 0) return {};
  return static_cast<std::uint64_t>(*sight.told.*time);
}
std::optional<std::uint64_t> queue(const Sight& sight, std::uint32_t Queue::*number) {
  if (!sight.queue) return {};
  return *sight.queue.*number;
}

constexpr std::array<Metric, 8> metrics{
    {{"solinit_serving", "gauge", "1 where the web process of the lease's holder is ready, else 0.",
      [](const Sight& sight) { return std::optional<std::uint64_t>(state_of(sight) == State::serving ? 1 : 0); }},
     {"solinit_generation", "gauge", "Handovers of the owner, the first web process included.",
      [](const Sight& sight) { return told(sight, &Told::generation); }},
     {"solinit_start_time_seconds", "gauge", "When the launcher started, since 1970.",
      [](const Sight& sight) { return time_told(sight, &Told::started); }},
     {"solinit_state_since_seconds", "gauge", "When its state began, since 1970.",
      [](const Sight& sight) { return time_told(sight, &Told::since); }},
     {"solinit_restarts", "counter", "Web processes after the launcher's first.",
      [](const Sight& sight) { return told(sight, &Told::restarts); }},
     {"solinit_reaped_processes", "counter", "Processes that the launcher has waited for.",
      [](const Sight& sight) { return told(sight, &Told::reaped); }},
     {"solinit_waiting_connections", "gauge", "Connections in the listener's queue.",
      [](const Sight& sight) { return queue(sight, &Queue::waiting); }},
     {"solinit_backlog_connections", "gauge", "How many connections the listener's queue holds.",
      [](const Sight& sight) { return queue(sight, &Queue::backlog); }}}};

constexpr std::array states{State::serving, State::starting, State::stopping, State::restarting, State::handing_over,
                            State::standing_by, State::nothing, State::stale, State::stranger, State::foreign,
                            State::unanswered, State::unknown};

std::string label(std::string_view text) {
  std::string escaped;
  for (const char c : shown(text)) {
    if (c == '"' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string labels_of(const Sight& sight) {
  return "path=\"" + label(sight.path) + "\",owner=\"" + label(owner_of(sight)) + "\",container=\"" +
         label(sight.container) + "\"";
}

}  // namespace

std::string openmetrics(std::span<const Sight> sights) {
  std::string text;
  const auto describe = [&](std::string_view name, std::string_view type, std::string_view help) {
    text.append("# TYPE ").append(name).append(" ").append(type).append("\n");
    text.append("# HELP ").append(name).append(" ").append(help).append("\n");
  };
  for (const auto& metric : metrics) {
    describe(metric.name, metric.type, metric.help);
    const std::string suffix = std::string_view(metric.type) == "counter" ? "_total" : "";
    for (const auto& sight : sights)
      if (const auto value = metric.value(sight))
        text += metric.name + suffix + "{" + labels_of(sight) + "} " + std::to_string(*value) + "\n";
  }
  describe("solinit_state", "stateset", "In which state the place is.");
  for (const auto& sight : sights)
    for (const auto state : states)
      text += "solinit_state{" + labels_of(sight) + ",solinit_state=\"" + name_of(state) + "\"} " +
              (state == state_of(sight) ? "1" : "0") + "\n";
  return text + "# EOF\n";
}

}  // namespace status
