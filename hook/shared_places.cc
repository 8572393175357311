#include "hook/shared_places.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <tuple>

#include "ownership/log.h"

namespace hook {
namespace {

using ownership::Error;
using ownership::ExitCode;
using ownership::Fd;
using ownership::Item;
using ownership::PlacedItem;
using ownership::Result;

std::vector<Item> items_of(const manifests::Manifest& manifest) {
  std::vector<Item> items;
  for (const auto& socket : manifest.sockets) items.push_back({Item::Kind::socket, socket.path});
  for (const auto& path : manifest.pid_files) items.push_back({Item::Kind::pid_file, path});
  return items;
}

bool is_untouched(int directory, const std::string& name) noexcept {
  struct stat status {};
  const auto lease = ".solinit/" + name + ".lease";
  return fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT &&
         fstatat(directory, lease.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT;
}

}  // namespace

Result<const SharedPlace*> SharedPlaces::directory_of(const Item& item) {
  const Directory key{item.path.substr(0, item.path.rfind('/')), item.kind};
  auto known = directories_.find(key);
  if (known == directories_.end()) {
    auto shared = find_shared(view_, config_, item);
    if (!shared) return std::unexpected(std::move(shared.error()));
    known = directories_.emplace(key, std::move(*shared)).first;
  }
  return known->second ? &*known->second : nullptr;
}

Result<void> SharedPlaces::add(const HostManifest& manifest) {
  for (auto& item : items_of(manifest.manifest)) {
    const auto in = directory_of(item);
    if (!in) return std::unexpected(in.error());
    if (*in == nullptr) {
      ownership::log::debug("nothing to do for", item.path, "the container shares it with nobody");
      continue;
    }
    struct stat status {};
    fstat((*in)->item.place.directory.get(), &status);
    auto name = item.path.substr(item.path.rfind('/') + 1);
    items_.push_back({&manifest, std::move(item), std::move(name), *in, status.st_dev, status.st_ino});
  }
  return {};
}

Result<void> SharedPlaces::check_that_each_has_one_owner() const {
  std::map<std::tuple<dev_t, ino_t, std::string>, const HostManifest*> owners;
  for (const auto& one : items_) {
    const auto* const first = owners.try_emplace({one.device, one.inode, one.name}, one.manifest).first->second;
    if (first != one.manifest)
      return std::unexpected(Error{ExitCode::bad_manifest, "cannot settle", one.item.path,
                                   first->file + " and " + one.manifest->file + " both own it",
                                   "let one manifest own it, or let their match differ"});
  }
  return {};
}

Result<std::vector<PlacedItem>> copies_of(const std::vector<SharedItem>& all, const HostManifest* manifest) {
  std::vector<PlacedItem> copies;
  for (const auto& one : all) {
    const auto& [first, place, host] = one.in->item;
    if (one.manifest != manifest || is_untouched(place.directory.get(), one.name)) continue;
    PlacedItem copy{one.item,
                    {Fd(fcntl(place.directory.get(), F_DUPFD_CLOEXEC, 3)), one.name, one.item.path},
                    ownership::HostSide{host->part, {}, host->beside_path}};
    if (host->beside) copy.host->beside.reset(fcntl(host->beside.get(), F_DUPFD_CLOEXEC, 3));
    if (!copy.place.directory) return std::unexpected(ownership::system_error("cannot settle", one.item.path, errno));
    copies.push_back(std::move(copy));
  }
  return copies;
}

}  // namespace hook
