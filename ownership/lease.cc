#include "ownership/lease.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace ownership {
namespace {

constexpr const char* cannot_take = "cannot take the lease of";
constexpr int most_attempts = 100;

std::unexpected<Error> refusal(const Place& place, int reason) {
  const bool is_denied = reason == EACCES || reason == EPERM;
  return std::unexpected(
      system_error(cannot_take, place.path, reason, is_denied ? ExitCode::not_permitted : ExitCode::system_call));
}

std::unexpected<Error> not_a_file(const Place& place, const std::string& name) {
  return std::unexpected(Error{ExitCode::bad_manifest, cannot_take, place.path,
                               ".solinit/" + name + " is not a regular file",
                               "remove it: solinit makes the file itself"});
}

/// What root makes in another's directory is that user's, who may start the next launcher. Only what was made just now:
/// of what stood there already, that user could have moved anybody's file to this name.
void give_to_directory_owner(int file, int records) noexcept {
  struct stat directory {};
  if (geteuid() != 0 || fstat(records, &directory) != 0 || directory.st_uid == 0) return;
  // Without CAP_CHOWN it stays root's, as the directory would have.
  if (fchown(file, directory.st_uid, directory.st_gid) != 0) return;
}

/// O_NONBLOCK, because a FIFO or a device may stand there.
Result<Fd> open_lease(const Place& place, int records, const std::string& name) {
  constexpr int flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  Fd file;
  bool is_new = false;
  for (int attempt = 0; !file && attempt < most_attempts; ++attempt) {
    file.reset(openat(records, name.c_str(), flags));
    if (file || errno != ENOENT) break;
    file.reset(openat(records, name.c_str(), flags | O_CREAT | O_EXCL, 0600));
    is_new = static_cast<bool>(file);
    if (!is_new && errno != EEXIST) break;  // else another made it between the two
  }
  const int reason = errno;
  if (!file && (reason == ELOOP || reason == EISDIR || reason == ENXIO)) return not_a_file(place, name);
  if (!file) return refusal(place, reason);
  struct stat status {};
  if (fstat(file.get(), &status) != 0) return refusal(place, errno);
  if (!S_ISREG(status.st_mode)) return not_a_file(place, name);
  if (is_new) give_to_directory_owner(file.get(), records);
  return file;
}

bool stands_at(int file, int records, const std::string& name) noexcept {
  struct stat held{};
  struct stat named{};
  return fstat(file, &held) == 0 && fstatat(records, name.c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 &&
         held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

int try_lock(int file) noexcept {
  int result;
  do result = flock(file, LOCK_EX | LOCK_NB);
  while (result != 0 && errno == EINTR);
  return result;
}

}  // namespace

Result<Lease> take_lease(const Place& place, int records) {
  const auto name = place.name + ".lease";
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    auto file = open_lease(place, records, name);
    if (!file) return std::unexpected(std::move(file.error()));
    const bool is_ours = try_lock(file->get()) == 0;
    if (!is_ours && errno != EWOULDBLOCK) return refusal(place, errno);
    if (stands_at(file->get(), records, name)) return Lease{std::move(*file), is_ours};
  }
  return std::unexpected(Error{ExitCode::held, cannot_take, place.path,
                               ".solinit/" + name + " is replaced again and again",
                               "stop what removes it: a lease file stays for ever"});
}

bool holds_lease(int given, int fresh) noexcept {
  // The kernel takes a lock that the same description has already as success, and changes nothing.
  return is_same_file(given, fresh) && try_lock(given) == 0;
}

bool is_same_file(int one, int other) noexcept {
  struct stat first{};
  struct stat second{};
  return fstat(one, &first) == 0 && fstat(other, &second) == 0 && first.st_dev == second.st_dev &&
         first.st_ino == second.st_ino && S_ISREG(first.st_mode);
}

}  // namespace ownership
