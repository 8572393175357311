#pragma once

#include <random>

#include "manifests/manifest.h"

namespace manifests {

/// A manifest that the language can say, anywhere in its range; the same for the same state of `random`.
Manifest generate_manifest(std::mt19937& random);

}  // namespace manifests
