#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "manifests/manifest.h"

/// A manifest as bytes: how the confined process that parses hands it to the one that acts. Not a file format: both
/// sides are the same program. Pure.
namespace manifests {

class FlatReader;
class FlatWriter;

std::string encode(const Manifest& manifest);
/// Nothing when `bytes` are not exactly what `encode` makes.
std::optional<Manifest> decode(std::string_view bytes);

/// As a part of something larger.
void put(FlatWriter& writer, const Manifest& manifest);
Manifest take_manifest(FlatReader& reader);

}  // namespace manifests
