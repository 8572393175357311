#pragma once

#include <string>
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
/// a manifest could have the host's root remove sockets: the directory and each file must be root's and writable by
/// nobody else, and links are not followed. Blocks for local files alone.
HostManifests read_host_manifests(const std::string& directory);

/// Whether a manifest speaks of this container: all annotations and all mounts of its `match` are there; one without
/// `match` speaks of none. Pure.
bool speaks_of(const manifests::Manifest& manifest, const BundleConfig& config);

}  // namespace hook
