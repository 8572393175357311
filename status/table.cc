#include <algorithm>
#include <array>
#include <vector>

#include "ownership/utf8.h"
#include "status/render.h"

namespace status {
namespace {

using Cells = std::array<std::string, 14>;

const Cells headings{"PATH",       "STATE", "OWNER",  "PID",      "COMMAND", "CONTAINER", "ENGINE",
                     "GENERATION", "SINCE", "UPTIME", "RESTARTS", "REAPED",  "QUEUE",     "LAST EVENT"};

std::string number(std::uint64_t value) { return value == 0 ? "" : std::to_string(value); }

std::string age(std::int64_t since, std::int64_t now) { return since == 0 ? "" : ownership::age_of(now - since); }

Cells cells_of(const Sight& sight, std::int64_t now) {
  Cells cells{sight.path, name_of(state_of(sight)), owner_of(sight), number(static_cast<std::uint64_t>(sight.web)),
              sight.command, ownership::short_container(sight.container), sight.engine};
  if (sight.told) {
    const auto& told = *sight.told;
    cells[7] = number(told.generation);
    cells[8] = age(told.since, now);
    cells[9] = age(told.started, now);
    cells[10] = std::to_string(told.restarts);
    cells[11] = std::to_string(told.reaped);
    cells[13] = told.event;
  }
  if (sight.queue) cells[12] = std::to_string(sight.queue->waiting) + "/" + std::to_string(sight.queue->backlog);
  if (!sight.reason.empty()) cells[13] = sight.reason;
  for (auto& cell : cells) cell = cell.empty() ? "-" : shown(cell);
  return cells;
}

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0u) != 0x80; }));
}

}  // namespace

std::string shown(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const auto [code, size] = ownership::first_code_point(text);
    if (code == ownership::invalid_utf8 || ownership::is_control(code))
      result += '?';
    else
      result += text.substr(0, size);
    text.remove_prefix(size);
  }
  return result;
}

std::string table(std::span<const Sight> sights, std::int64_t now, Layout layout) {
  std::vector<Cells> rows{headings};
  for (const auto& sight : sights) rows.push_back(cells_of(sight, now));
  std::array<std::size_t, headings.size()> widths{};
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      text += row[i];
      if (i + 1 == row.size()) break;
      text += layout == Layout::tabs ? "\t" : std::string(widths[i] - width_of(row[i]) + 2, ' ');
    }
    text += '\n';
  }
  return text;
}

}  // namespace status
