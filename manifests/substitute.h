#pragma once

#include <string>
#include <string_view>

#include "manifests/manifest.h"

namespace manifests {

/// `{web}` stands for the path of the socket named web, in arguments of the command and values of the environment.
/// Every other brace stays as it is, and what was put in is not looked through again. Pure.
std::string substitute(std::string_view text, const Manifest& manifest);

}  // namespace manifests
