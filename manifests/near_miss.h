#pragma once

#include <span>
#include <string_view>

namespace manifests {

/// The one of `known` that `given` was probably meant to be, whatever its case; empty where none is near. Pure.
std::string_view near_miss(std::string_view given, std::span<const std::string_view> known);

}  // namespace manifests
