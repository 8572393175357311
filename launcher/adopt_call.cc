#include "launcher/adopt_call.h"

#include <fcntl.h>
#include <linux/limits.h>
#include <linux/openat2.h>
#include <sys/fsuid.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>

#include "ownership/fd.h"
#include "ownership/look.h"

namespace launcher {
namespace {

using ownership::Fd;

struct ProcName {
  std::array<char, 48> text{};
  ProcName(pid_t pid, const char* entry) noexcept {
    std::snprintf(text.data(), text.size(), "/proc/%d/%s", pid, entry);
  }
  ProcName(pid_t pid, const char* entry, int number) noexcept {
    std::snprintf(text.data(), text.size(), "/proc/%d/%s/%d", pid, entry, number);
  }
};

bool is_refusal(int number) noexcept { return number == EACCES || number == EPERM; }

/// The number after `label` in a file of /proc; `base` is its base.
std::uint64_t number_after(const ProcName& file, std::string_view label, int base) noexcept {
  const Fd opened(open(file.text.data(), O_RDONLY | O_CLOEXEC));
  std::array<char, 512> room;
  const auto size = opened ? read(opened.get(), room.data(), room.size()) : -1;
  if (size <= 0) return 0;
  const std::string_view text(room.data(), static_cast<std::size_t>(size));
  const auto found = text.find(label);
  if (found == text.npos) return 0;
  const auto digits = text.find_first_not_of(" \t", found + label.size());
  std::uint64_t number = 0;
  if (digits != text.npos) std::from_chars(text.data() + digits, text.data() + text.size(), number, base);
  return number;
}

class Reading {
 public:
  Reading(const seccomp_notif& notification, std::span<const AdoptTarget> targets) noexcept
      : pid_(static_cast<pid_t>(notification.pid)), data_(notification.data), targets_(targets) {}

  AdoptCall run() noexcept {
    switch (data_.nr) {
      case SYS_bind: read_bind(); break;
      case SYS_listen:
        call_.verb = AdoptVerb::listen;
        call_.socket = own_socket(argument(0));
        break;
      case SYS_connect:
        call_.verb = AdoptVerb::connect;
        read_address(call_.path, false);
        break;
#if defined(__x86_64__)
      case SYS_unlink: read_unlink(AT_FDCWD, data_.args[0]); break;
      case SYS_rename: read_rename(AT_FDCWD, data_.args[0], AT_FDCWD, data_.args[1]); break;
#endif
      case SYS_unlinkat: read_unlink(argument(0), data_.args[1]); break;
      case SYS_renameat:
      case SYS_renameat2: read_rename(argument(0), data_.args[1], argument(2), data_.args[3]); break;
      default: break;
    }
    return call_;
  }

 private:
  int argument(std::size_t index) const noexcept { return static_cast<int>(data_.args[index]); }

  void read_bind() noexcept {
    call_.verb = AdoptVerb::bind;
    if (!read_address(call_.path, true)) return;
    call_.socket = own_socket(argument(0));
    call_.process = thread_group();
  }

  void read_unlink(int directory, std::uint64_t address) noexcept {
    call_.verb = AdoptVerb::unlink;
    const auto path = read_text(address);
    call_.path.leads_to.target = target_of_address(path, targets_);
    const auto parts = split_path(path);
    if (is_target_name(parts.name, targets_)) follow(directory, parts, call_.path);
  }

  void read_rename(int old_directory, std::uint64_t old_address, int directory, std::uint64_t address) noexcept {
    call_.verb = AdoptVerb::rename;
    const auto path = split_path(read_text(address));
    const bool may_arrive = is_target_name(path.name, targets_);
    if (may_arrive) follow(directory, path, call_.path);
    const auto from = split_path(read_text(old_address));
    if (may_arrive || is_target_name(from.name, targets_)) follow(old_directory, from, call_.from);
    if (call_.path.leads_to.is_target()) call_.process = thread_group();
  }

  /// False where it cannot be a unix path.
  bool read_address(CallerPath& path, bool may_be_beside) noexcept {
    sockaddr_un address{};
    const auto given = static_cast<std::uint32_t>(data_.args[2]);
    if (given <= offsetof(sockaddr_un, sun_path) || given > sizeof address) return false;
    const auto size = read_memory(data_.args[1], &address, given);
    if (size != static_cast<ssize_t>(given)) return false;
    if (address.sun_family != AF_UNIX || address.sun_path[0] == '\0') return false;
    const auto parts =
        split_path({address.sun_path, strnlen(address.sun_path, given - offsetof(sockaddr_un, sun_path))});
    if (may_be_beside || is_target_name(parts.name, targets_)) follow(AT_FDCWD, parts, path);
    return true;
  }

  /// Up to the zero; empty where there is none within PATH_MAX. Valid until the next one is read.
  std::string_view read_text(std::uint64_t address) noexcept {
    const auto size = read_memory(address, text_.data(), text_.size());
    if (size <= 0) return {};
    const auto length = strnlen(text_.data(), static_cast<std::size_t>(size));
    return length == static_cast<std::size_t>(size) ? std::string_view() : std::string_view(text_.data(), length);
  }

  /// process_vm_readv(2) is not allowed in Docker's containers; this is.
  ssize_t read_memory(std::uint64_t address, void* room, std::size_t size) noexcept {
    const Fd memory(open(ProcName(pid_, "mem").text.data(), O_RDONLY | O_CLOEXEC));
    if (!memory) call_.is_readable = call_.is_readable && !is_refusal(errno);
    return memory ? pread(memory.get(), room, size, static_cast<off_t>(address)) : -1;
  }

  CallerSocket own_socket(int descriptor) noexcept {
    errno = 0;
    auto socket = read_socket(pid_, descriptor);
    if (socket.inode == 0 && is_refusal(errno)) call_.is_readable = false;
    return socket;
  }

  pid_t thread_group() const noexcept {
    return static_cast<pid_t>(number_after(ProcName(pid_, "status"), "\nTgid:", 10));
  }

  void follow(int directory, const PathParts& path, CallerPath& found) noexcept {
    if (path.name.empty() || path.name.size() >= found.room.size()) return;
    const bool is_absolute = path.parent.starts_with('/');
    const auto start = is_absolute             ? ProcName(pid_, "root")
                       : directory == AT_FDCWD ? ProcName(pid_, "cwd")
                                               : ProcName(pid_, "fd", directory);
    const Fd base(open(start.text.data(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!base) {
      call_.is_readable = call_.is_readable && !is_refusal(errno);
      return;
    }
    const Fd parent = open_directory(base.get(), path.parent, is_absolute);
    if (!parent) return;
    found.leads_to = find_target(ownership::identity_of(parent.get()), path.name, targets_);
    std::copy(path.name.begin(), path.name.end(), found.room.begin());
  }

  static Fd open_directory(int base, std::string_view path, bool is_absolute) noexcept {
    std::array<char, PATH_MAX> text;
    if (path.size() >= text.size()) return Fd();
    *std::copy(path.begin(), path.end(), text.begin()) = '\0';
    open_how how{};
    how.flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
    // /proc/self would be ours, not the caller's.
    how.resolve = RESOLVE_NO_MAGICLINKS | (is_absolute ? RESOLVE_IN_ROOT : std::uint64_t{0});
    return Fd(static_cast<int>(syscall(SYS_openat2, base, text.data(), &how, sizeof how)));
  }

  pid_t pid_;
  const seccomp_data& data_;
  std::span<const AdoptTarget> targets_;
  AdoptCall call_;
  std::array<char, PATH_MAX> text_;
};

/// Lets file system and ptrace(2) access checks see another user, as long as it lives.
class Guise {
 public:
  explicit Guise(const struct stat& caller) noexcept {
    setfsgid(caller.st_gid);
    setfsuid(caller.st_uid);
  }
  Guise(const Guise&) = delete;
  Guise& operator=(const Guise&) = delete;
  ~Guise() {
    setfsuid(geteuid());
    setfsgid(getegid());
  }
};

}  // namespace

AdoptCall read_call(const seccomp_notif& notification, std::span<const AdoptTarget> targets) noexcept {
  // A process of a pid namespace that we do not see has no number here.
  if (notification.pid == 0) return {};
  auto call = Reading(notification, targets).run();
  struct stat caller{};
  if (call.is_readable || geteuid() != 0 ||
      stat(ProcName(static_cast<pid_t>(notification.pid), "").text.data(), &caller) != 0 || caller.st_uid == 0)
    return call;
  const Guise guise(caller);
  return Reading(notification, targets).run();
}

CallerSocket read_socket(pid_t pid, int descriptor) noexcept {
  CallerSocket socket{descriptor, 0, 0};
  std::array<char, 64> room{};
  const auto size = readlink(ProcName(pid, "fd", descriptor).text.data(), room.data(), room.size());
  constexpr std::string_view prefix = "socket:[";
  const std::string_view link(room.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  if (!link.starts_with(prefix)) return socket;
  std::from_chars(link.data() + prefix.size(), link.data() + link.size(), socket.inode);
  const auto flags = number_after(ProcName(pid, "fdinfo", descriptor), "flags:", 8);
  socket.flags = static_cast<int>(flags) & (O_CLOEXEC | O_NONBLOCK);
  return socket;
}

}  // namespace launcher
