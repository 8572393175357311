#include "ownership/place.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <utility>

#include "ownership/log.h"
#include "ownership/look.h"

namespace ownership {
namespace {

struct RemoteFileSystem {
  std::uint32_t magic;
  const char* name;
};

/// Those that linux/magic.h does not know are from the file systems' own sources.
constexpr std::array<RemoteFileSystem, 14> remote_file_systems{{
    {NFS_SUPER_MAGIC, "NFS"},
    {SMB_SUPER_MAGIC, "SMB"},
    {0xFF534D42, "CIFS"},
    {0xFE534D42, "CIFS"},
    {V9FS_MAGIC, "9p"},
    {0x65735546, "FUSE or virtiofs"},
    {AFS_SUPER_MAGIC, "AFS"},
    {CODA_SUPER_MAGIC, "Coda"},
    {OCFS2_SUPER_MAGIC, "OCFS2"},
    {0x00C36400, "Ceph"},
    {0x0BD00BD0, "Lustre"},
    {0x01161970, "GFS2"},
    {0x786F4256, "a VirtualBox shared folder"},
    {0x47504653, "GPFS"},
}};

const char* remote_file_system(int directory) noexcept {
  struct statfs status {};
  if (fstatfs(directory, &status) != 0) return nullptr;
  const auto magic = static_cast<std::uint32_t>(status.f_type);
  const auto found = std::find_if(remote_file_systems.begin(), remote_file_systems.end(),
                                  [magic](const auto& known) { return known.magic == magic; });
  return found != remote_file_systems.end() ? found->name : nullptr;
}

bool is_refusal(int number) noexcept { return number == EACCES || number == EPERM; }

/// Of an existing directory, who may have made it: nobody else's leases are worth anything to us.
bool is_trusted_owner(uid_t owner, int directory) noexcept {
  struct stat above {};
  return owner == geteuid() || owner == 0 || (fstat(directory, &above) == 0 && owner == above.st_uid);
}

/// Between mkdirat(2) and openat(2) the directory's owner can move any directory of root's to our name, and would be
/// given it: ours was made by root no earlier than `before`. Where a birth time is not known nothing is given away.
bool is_as_made(int records, const struct stat& status, const timespec& before) noexcept {
  const auto [major, minor, inode, born, nanoseconds] = identity_of(records);
  return status.st_uid == 0 && (status.st_mode & 077) == 0 &&
         (born > before.tv_sec || (born == before.tv_sec && nanoseconds >= before.tv_nsec));
}

void give_to_directory_owner(int records, const Place& place, const std::string& path) {
  struct stat above {};
  if (geteuid() != 0 || fstat(place.directory.get(), &above) != 0 || above.st_uid == 0) return;
  if (fchown(records, above.st_uid, above.st_gid) != 0)
    log::warning("cannot give to its directory's owner", path, strerrordesc_np(errno));
}

}  // namespace

Result<Place> open_place(const std::string& path) {
  const auto slash = path.rfind('/');
  const std::string parent = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  Place place{Fd(), slash == std::string::npos ? path : path.substr(slash + 1), path};
  if (place.name.empty() || place.name == "." || place.name == "..")
    return std::unexpected(Error{ExitCode::bad_manifest, "cannot use", path, "it ends in no file name", ""});

  place.directory.reset(open(parent.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (place.directory) return place;
  const int reason = errno;
  const bool is_missing = reason == ENOENT || reason == ENOTDIR || reason == ELOOP || reason == ENAMETOOLONG;
  auto error = system_error("cannot open the directory", parent, reason,
                            is_missing           ? ExitCode::bad_manifest
                            : is_refusal(reason) ? ExitCode::not_permitted
                                                 : ExitCode::system_call);
  if (is_missing) error.advice = "make the directory, or mount the volume there";
  return std::unexpected(std::move(error));
}

Result<Fd> open_records(const Place& place, bool allow_remote) {
  const std::string path = place.path.substr(0, place.path.size() - place.name.size()) + records_name;
  const char* const remote = allow_remote ? nullptr : remote_file_system(place.directory.get());
  if (remote != nullptr)
    return std::unexpected(Error{ExitCode::bad_manifest, "cannot keep leases in", path,
                                 std::string("it is on ") + remote + ", where locks and probes are not dependable",
                                 "use a local volume, or start with --allow-remote-volume"});

  // The kernel stamps what is made with its coarse clock.
  timespec before{};
  clock_gettime(CLOCK_REALTIME_COARSE, &before);
  const bool is_new = mkdirat(place.directory.get(), records_name, 0700) == 0;
  const int reason = is_new ? 0 : errno;
  Fd records(openat(place.directory.get(), records_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!records) {
    const int last = reason != 0 && reason != EEXIST ? reason : errno;
    if (last == ENOTDIR || last == ELOOP)
      return std::unexpected(Error{ExitCode::bad_manifest, "cannot keep leases in", path, "it is not a directory",
                                   "remove it: solinit makes the directory itself"});
    auto error = system_error("cannot keep leases in", path, last,
                              is_refusal(last) ? ExitCode::not_permitted : ExitCode::system_call);
    if (is_refusal(last))
      error.advice = "run as the owner of the volume, or give the volume to uid " + std::to_string(geteuid());
    return std::unexpected(std::move(error));
  }
  struct stat status {};
  if (fstat(records.get(), &status) != 0) return std::unexpected(system_error("cannot keep leases in", path, errno));
  if (is_new && is_as_made(records.get(), status, before)) give_to_directory_owner(records.get(), place, path);
  if (!is_trusted_owner(status.st_uid, place.directory.get()))
    return std::unexpected(Error{ExitCode::not_permitted, "cannot keep leases in", path,
                                 "it belongs to uid " + std::to_string(status.st_uid),
                                 "remove it, or use a directory that only the web process's user can write"});
  return records;
}

}  // namespace ownership
