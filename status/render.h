#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "status/sight.h"

/// What was seen, for people and for programs. Pure. Texts come from anybody: what a terminal would act on, and bytes that
/// are no UTF-8, are shown as question marks.
namespace status {

enum class Layout { aligned, tabs };

/// One line a sight below one of headings; an empty cell is a "-". `now` in seconds since 1970.
std::string table(std::span<const Sight> sights, std::int64_t now, Layout layout);

/// One line of JSON, as solinit(1) documents it: members are added, never removed or changed.
std::string json(std::span<const Sight> sights, std::int64_t now);

/// OpenMetrics 1.0 text.
std::string openmetrics(std::span<const Sight> sights);

std::string shown(std::string_view text);

}  // namespace status
