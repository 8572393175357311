#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "hook/bundle_config.h"
#include "manifests/manifest.h"
#include "ownership/error.h"

namespace hook {

inline constexpr const char* host_manifests = "/etc/solinit/manifests.d";

struct HostManifest {
  std::string file;  ///< its path on the host
  bool is_readable_by_all = false;
  manifests::Manifest manifest;
};

struct HostManifests {
  std::vector<HostManifest> good;     ///< in the order of their file names
  std::vector<ownership::Error> bad;  ///< one for each file that is refused, or for the directory: bad_manifest
};

/// Reads every *.yaml of `directory`, hidden files apart. A directory that is not there holds none. Whoever could write
/// a manifest could have the host's root remove sockets: the directory, all above it and each file must be root's and
/// writable by nobody else (above it, sticky directories are as good), and links are not followed. Blocks for local files
/// alone.
HostManifests read_host_manifests(const std::string& directory);

/// The same of those files alone whose text `is_wanted`; the others are not even parsed.
using WantsText = std::function<bool(std::string_view text)>;
HostManifests read_host_manifests(const std::string& directory, const WantsText& is_wanted);

/// Whether `directory` holds a single manifest. In doubt, yes.
bool has_host_manifests(const std::string& directory) noexcept;

/// Whether a manifest of this text may speak of the container: it holds one of its annotations, or, where it
/// asks for none, one of its mounts. True for a text whose escapes could hide them. Pure; some hundred times as fast as to parse it.
bool may_speak_of(std::string_view text, const BundleConfig& config);

/// Whether a manifest speaks of this container: all annotations and all mounts of its `match` are there; one without
/// `match` speaks of none. Pure.
bool speaks_of(const manifests::Manifest& manifest, const BundleConfig& config);
/// What the container lacks for the manifest to speak of it; empty where it lacks nothing. Pure.
std::string why_silent(const manifests::Manifest& manifest, const BundleConfig& config);

}  // namespace hook
