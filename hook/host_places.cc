#include "hook/host_places.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <string_view>
#include <utility>

#include "hook/open_within.h"
#include "ownership/holders.h"
#include "ownership/names.h"
#include "ownership/process.h"

namespace hook {
namespace {

using ownership::Fd;
using ownership::Item;

constexpr int most_descriptors = 65536;
constexpr std::string_view in_records = "/.solinit/", extension = ".lease";

/// A lease file as a process has it open.
struct OpenLease {
  pid_t pid = 0;
  std::string directory, name;  ///< "/run/shop" and "web.sock", as the process sees them
  struct stat file {};
  bool is_locked = false;
};

std::optional<OpenLease> lease_behind(pid_t pid, int descriptors, const char* number) {
  std::array<char, 4096> room;
  const auto size = readlinkat(descriptors, number, room.data(), room.size());
  if (size <= 0) return {};
  std::string_view link(room.data(), static_cast<std::size_t>(size));
  const auto records = link.rfind(in_records);
  if (!link.ends_with(extension) || records == link.npos) return {};
  OpenLease lease{pid, std::string(link.substr(0, records)), {}, {}, false};
  link.remove_prefix(records + in_records.size());
  link.remove_suffix(extension.size());
  lease.name = link;
  if (lease.name.empty() || lease.name.find('/') != std::string::npos) return {};
  if (fstatat(descriptors, number, &lease.file, 0) != 0 || !S_ISREG(lease.file.st_mode)) return {};
  lease.is_locked = ownership::is_locked(pid, number);
  return lease;
}

/// What the process calls the directory, when the lease file that it has open stands there.
Fd directory_of(const OpenLease& lease) {
  const Fd root(open(("/proc/" + std::to_string(lease.pid) + "/root").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  const auto path = lease.directory.empty() ? "/" : lease.directory;
  Fd directory = root ? open_within(root.get(), path.c_str(), O_PATH | O_DIRECTORY,
                                    RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS)
                      : Fd();
  struct stat status {};
  const auto name = std::string(in_records.substr(1)) + lease.name + std::string(extension);
  const bool is_same = directory && fstatat(directory.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
                       status.st_dev == lease.file.st_dev && status.st_ino == lease.file.st_ino;
  if (!is_same) return {};
  return directory;
}

class Search {
 public:
  void add_recorded(const std::string& records) {
    const auto directory = open_records_directory(records, false);
    if (!directory) return;
    for (auto& record : read_records(directory->get())) {
      const auto init = ownership::read_process_status(record.pid);
      if (!init || init->is_dead() || init->started != record.started) continue;
      for (const auto& place : record.places)
        if (Fd opened = open_again(place)) add({{place.kind, place.path}, {std::move(opened), place.name, place.path}, record, {}});
    }
  }

  void add_leased() {
    const Fd processes(open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!processes) return;
    ownership::for_each_name(processes.get(), [&](const char* name) {
      pid_t pid = 0;
      const auto end = name + std::strlen(name);
      if (std::from_chars(name, end, pid).ptr == end && pid > 0) look_at(pid);
      return true;
    });
  }

  std::vector<HostPlace> found() && { return std::move(places_); }

 private:
  HostPlace& add(HostPlace place) {
    const auto is_known = [&](const HostPlace& other) {
      return other.place.name == place.place.name && is_one_inode(other.place.directory.get(), place.place.directory.get());
    };
    const auto known = std::find_if(places_.begin(), places_.end(), is_known);
    if (known != places_.end()) return *known;
    return places_.emplace_back(std::move(place));
  }

  void look_at(pid_t pid) {
    const Fd descriptors(open(("/proc/" + std::to_string(pid) + "/fd").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!descriptors) return;
    int left = most_descriptors;
    ownership::for_each_name(descriptors.get(), [&](const char* number) {
      if (const auto lease = lease_behind(pid, descriptors.get(), number)) add_lease(*lease);
      return --left > 0;
    });
  }

  void add_lease(const OpenLease& lease) {
    Fd directory = directory_of(lease);
    if (!directory) return;
    const auto path = lease.directory + "/" + lease.name;
    const auto kind = kind_of(directory.get(), lease.name);
    auto& place = add({{kind, path}, {std::move(directory), lease.name, path}, {}, {}});
    if (lease.is_locked) return;
    const auto status = ownership::read_process_status(lease.pid);
    const bool is_new = std::find(place.waiting.begin(), place.waiting.end(), lease.pid) == place.waiting.end();
    if (is_new && status && status->name() == "solinit") place.waiting.push_back(lease.pid);
  }

  /// Nobody but its manifest says what a place is for; a file that stands there is taken for a pid file.
  static Item::Kind kind_of(int directory, const std::string& name) {
    struct stat status {};
    const bool is_file = fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode);
    return is_file || name.ends_with(".pid") ? Item::Kind::pid_file : Item::Kind::socket;
  }

  std::vector<HostPlace> places_;
};

}  // namespace

std::vector<HostPlace> find_host_places(const std::string& records) {
  Search search;
  search.add_recorded(records);
  search.add_leased();
  return std::move(search).found();
}

}  // namespace hook
