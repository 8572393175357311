#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "hook/bundle_config.h"
#include "ownership/claim.h"
#include "ownership/error.h"
#include "ownership/fd.h"

namespace hook {

/// A container that is being made, seen from outside: its mounts are done, and its root is not yet entered. Between
/// those two every other way of looking, also through the root's directory on the host, finds what lies beneath the
/// mounts.
struct ContainerView {
  pid_t pid = 0;
  ownership::Fd process;  ///< pidfd: says whether `pid` is still the one that was meant
  ownership::Fd root;     ///< the root directory to be, in the container's mount namespace
};

/// Errors: bad_input (there is no such process), not_permitted (its root cannot be reached), system_call.
ownership::Result<ContainerView> view_container(pid_t pid, const std::string& bundle, const BundleConfig& config);

/// Where an item stands that the container shares with others.
struct SharedPlace {
  ownership::PlacedItem item;
  std::string directory;  ///< its canonical path on the host; empty where it has none that is the same inode
};

/// Nothing where the item is not shared: its directory is missing, or in the container's own root, or on a file system
/// that is no bind mount of the configuration. Links in the image may lead to a mount; below the mount none is followed.
/// Each path is used once; what is kept is a descriptor. Errors: not_permitted (a link below the mount, or what changes
/// while we look).
ownership::Result<std::optional<SharedPlace>> find_shared(const ContainerView& view, const BundleConfig& config,
                                                          const ownership::Item& item);

}  // namespace hook
