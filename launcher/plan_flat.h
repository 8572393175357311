#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "launcher/draft.h"

/// How the planner's child tells the launcher what it decided. Pure.
namespace launcher {

std::string encode(const std::variant<Draft, Answer>& outcome);

/// Nothing when it is not exactly what `encode` makes: cut, longer, with a number out of its range. The launcher does
/// not trust the child, which has read hostile input.
std::optional<std::variant<Draft, Answer>> decode(std::string_view bytes);

}  // namespace launcher
