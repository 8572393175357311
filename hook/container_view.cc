#include "hook/container_view.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <string_view>
#include <utility>

#include "hook/mountinfo.h"
#include "hook/open_within.h"

namespace hook {
namespace {

using ownership::Error;
using ownership::ExitCode;
using ownership::Fd;
using ownership::HostSide;
using ownership::Item;
using ownership::Result;

constexpr std::uint64_t directory_only = O_PATH | O_DIRECTORY;
constexpr std::uint64_t as_the_container = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
constexpr std::uint64_t below_a_volume =
    RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;

bool is_bind(const ConfigMount& mount) {
  const auto has = [&](std::string_view option) {
    return std::find(mount.options.begin(), mount.options.end(), option) != mount.options.end();
  };
  return mount.source.starts_with('/') && (mount.type == "bind" || has("bind") || has("rbind"));
}

/// "/run/web" for "/run//web/"; what is not absolute is of the root, as runtimes have it.
std::string cleaned(std::string_view path) {
  std::string clean;
  while (!path.empty()) {
    const auto part = path.substr(0, path.find('/'));
    if (!part.empty() && part != ".") clean.append("/").append(part);
    path.remove_prefix(std::min(part.size() + 1, path.size()));
  }
  return clean;
}

struct Volume {
  Fd root;  ///< as the container sees it
  std::string destination, source;
};

/// The mount of the configuration that `directory` was reached through; of several at one place the last.
std::optional<Volume> volume_of(int directory, const ContainerView& view, const BundleConfig& config) {
  const auto wanted = mount_of(directory);
  if (wanted == 0) return {};
  for (auto mount = config.mounts.rbegin(); mount != config.mounts.rend(); ++mount) {
    if (!is_bind(*mount)) continue;
    Fd root = open_within(view.root.get(), mount->destination.c_str(), O_PATH, as_the_container);
    if (root && mount_of(root.get()) == wanted) return Volume{std::move(root), cleaned(mount->destination), mount->source};
  }
  return {};
}

Error unsafe(const Item& item, std::string why) {
  return {ExitCode::not_permitted, "cannot use", item.path, std::move(why),
          "a place that a manifest names is a directory of the volume itself"};
}

/// The way from the root of the volume to `directory`; nothing where the text of the path does not tell.
std::optional<std::string> way_below(const Volume& volume, int directory, const std::string& path) {
  if (is_one_inode(volume.root.get(), directory)) return "";
  if (!path.starts_with(volume.destination + "/")) return {};
  return path.substr(volume.destination.size() + 1);
}

std::string path_of(int descriptor) {
  std::array<char, PATH_MAX> room;
  const auto link = "/proc/self/fd/" + std::to_string(descriptor);
  const auto size = readlink(link.c_str(), room.data(), room.size());
  return size > 0 && room[0] == '/' ? std::string(room.data(), static_cast<std::size_t>(size)) : std::string();
}

/// Root's, and in what others may write nobody else's entries can be moved.
bool is_roots_own(int directory) noexcept {
  struct stat status {};
  return fstat(directory, &status) == 0 && status.st_uid == 0 &&
         ((status.st_mode & (S_IWGRP | S_IWOTH)) == 0 || (status.st_mode & S_ISVTX) != 0);
}

struct HostDirectory {
  Fd directory;
  std::string path;
  Fd beside;
};

/// The same directory through the host's own mounts: there a quarantine can stand beside the volume.
std::optional<HostDirectory> on_host(const Volume& volume, int directory, const std::string& way) {
  const Fd root = open_within(AT_FDCWD, volume.source.c_str(), directory_only, RESOLVE_NO_MAGICLINKS);
  if (!root || !is_one_inode(root.get(), volume.root.get())) return {};
  HostDirectory host;
  host.directory = open_within(root.get(), way.empty() ? "." : way.c_str(), directory_only, below_a_volume);
  if (!host.directory || !is_one_inode(host.directory.get(), directory)) return {};
  host.path = path_of(host.directory.get());
  Fd beside(openat(root.get(), "..", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (beside && mount_of(beside.get()) == mount_of(host.directory.get()) && !is_one_inode(beside.get(), root.get()) &&
      is_roots_own(beside.get()))
    host.beside = std::move(beside);
  return host;
}

bool is_alive(int pidfd) noexcept {
  pollfd watched{pidfd, POLLIN, 0};
  return poll(&watched, 1, 0) == 0;
}

SharedPlace placed(const Item& item, const std::string& name, Fd directory, std::optional<HostDirectory> host) {
  SharedPlace shared{{item, {std::move(directory), name, item.path}, HostSide{}}, ""};
  if (!host) return shared;
  shared.item.place.directory = std::move(host->directory);
  shared.directory = std::move(host->path);
  shared.item.host->beside_path = path_of(host->beside.get());
  shared.item.host->beside = std::move(host->beside);
  return shared;
}

}  // namespace

Result<ContainerView> view_container(pid_t pid, const std::string& bundle, const BundleConfig& config) {
  const auto number = std::to_string(pid);
  const auto failed = [&](const char* what) {
    const bool is_denied = errno == EACCES || errno == EPERM;
    return std::unexpected(ownership::system_error(what, "pid " + number, errno,
                                                   is_denied ? ExitCode::not_permitted : ExitCode::system_call));
  };
  ContainerView view{pid, {}, {}};
  struct statfs status {};
  const Fd processes(open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!processes || fstatfs(processes.get(), &status) != 0 || status.f_type != PROC_SUPER_MAGIC)
    return std::unexpected(Error{ExitCode::system_call, "cannot see the container", "", "/proc is not that of the kernel", ""});
  // glibc 2.36 declares pidfd_open(2) without C linkage.
  view.process.reset(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!view.process)
    return std::unexpected(Error{ExitCode::bad_input, "cannot see the container", "", "its state names no living process", ""});
  const Fd host_root(openat(processes.get(), (number + "/root").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!host_root) return failed("cannot reach the root of");
  const auto root = config.root.starts_with('/') ? config.root : bundle + "/" + config.root;
  view.root = open_within(host_root.get(), root.c_str(), directory_only, as_the_container);
  if (!view.root) return failed("cannot reach the container's root of");
  if (!is_alive(view.process.get()))
    return std::unexpected(Error{ExitCode::bad_input, "cannot see the container", "", "it ended meanwhile", ""});
  return view;
}

Result<std::optional<SharedPlace>> find_shared(const ContainerView& view, const BundleConfig& config, const Item& item) {
  const auto slash = item.path.rfind('/');
  const auto parent = slash == 0 ? "/" : item.path.substr(0, slash);
  Fd directory = open_within(view.root.get(), parent.c_str(), directory_only, as_the_container);
  if (!directory) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    return std::unexpected(unsafe(item, strerrordesc_np(errno)));
  }
  const auto volume = volume_of(directory.get(), view, config);
  if (!volume) return std::nullopt;
  const auto way = way_below(*volume, directory.get(), parent);
  if (!way) return std::unexpected(unsafe(item, "a link of the image leads into the middle of a volume"));
  if (!way->empty()) {
    const Fd straight = open_within(volume->root.get(), way->c_str(), directory_only, below_a_volume);
    if (!straight || !is_one_inode(straight.get(), directory.get()))
      return std::unexpected(unsafe(item, straight ? "it changes while we look" : "a link in the volume leads there"));
  }
  auto host = on_host(*volume, directory.get(), *way);
  const bool is_pid_file = item.kind == Item::Kind::pid_file;
  auto part = is_pid_file ? part_of(view.pid, mount_of(directory.get())) : std::nullopt;
  // Without it nobody's number would be known to live, and a living one's file would be removed.
  if (is_pid_file && !part) return std::unexpected(unsafe(item, "its mount is not in the container's mountinfo"));
  auto shared = placed(item, item.path.substr(slash + 1), std::move(directory), std::move(host));
  if (part) {
    part->root += (way->empty() || part->root == "/" ? "" : "/") + *way;
    part->newcomer = view.pid;
    shared.item.host->part = std::move(*part);
  }
  return shared;
}

}  // namespace hook
