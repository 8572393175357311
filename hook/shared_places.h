#pragma once

#include <sys/types.h>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "hook/bundle_config.h"
#include "hook/container_view.h"
#include "hook/host_manifests.h"

namespace hook {

/// An item that a manifest names, in a directory that the container shares with others.
struct SharedItem {
  const HostManifest* manifest;
  ownership::Item item;
  std::string name;
  const SharedPlace* in;  ///< of the SharedPlaces that found it; the item there is the first of its directory
  dev_t device;           ///< of the directory
  ino_t inode;
};

/// Finds each directory once, and keeps it open as long as it lives: thousands of sockets in one directory need no more
/// descriptors and no more looks at the container's mounts than one.
class SharedPlaces {
 public:
  SharedPlaces(const ContainerView& view, const BundleConfig& config) noexcept : view_(view), config_(config) {}

  /// Adds what the container shares of `manifest`. Errors: as find_shared.
  ownership::Result<void> add(const HostManifest& manifest);
  const std::vector<SharedItem>& items() const noexcept { return items_; }

  /// Errors: bad_manifest where two manifests own one place.
  ownership::Result<void> check_that_each_has_one_owner() const;

 private:
  using Directory = std::pair<std::string, ownership::Item::Kind>;
  ownership::Result<const SharedPlace*> directory_of(const ownership::Item& item);

  const ContainerView& view_;
  const BundleConfig& config_;
  std::map<Directory, std::optional<SharedPlace>> directories_;
  std::vector<SharedItem> items_;
};

/// The descriptors of one owner's places, for one attempt. Without those where nothing stands and nobody has ever had a
/// lease: such a volume is left as it is. Errors: system_call.
ownership::Result<std::vector<ownership::PlacedItem>> copies_of(const std::vector<SharedItem>& all,
                                                                const HostManifest* manifest);

}  // namespace hook
