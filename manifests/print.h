#pragma once

#include <string>

#include "manifests/manifest.h"

namespace manifests {

/// The manifest as YAML with every default written out; parsed again it is an equal manifest. Pure.
std::string print(const Manifest& manifest);

}  // namespace manifests
