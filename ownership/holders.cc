#include "ownership/holders.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <utility>

#include "ownership/every_network.h"
#include "ownership/names.h"
#include "ownership/unix_diag.h"

namespace ownership {
namespace {

/// A process may have a million; who has more than this may be a holder that is not seen.
constexpr int most_descriptors = 65'536;

/// What a descriptor must be of.
struct Wanted {
  std::array<char, 32> link{};  ///< as /proc/PID/fd shows a socket; empty: the file is wanted
  struct stat file {};
  bool is_locked = false;       ///< the file, through that very descriptor
};

/// The start of a file of /proc, with an end.
std::array<char, 1024> read_start(const char* path) noexcept {
  std::array<char, 1024> text{};
  const Fd file(open(path, O_RDONLY | O_CLOEXEC));
  if (!file || read(file.get(), text.data(), text.size() - 1) <= 0) text.front() = '\0';
  return text;
}

Wanted wanted_socket(std::uint32_t socket) noexcept {
  Wanted wanted;
  std::snprintf(wanted.link.data(), wanted.link.size(), "socket:[%u]", socket);
  return wanted;
}

/// `name` is in `descriptors`, which is that of process `pid`.
bool is_wanted(pid_t pid, int descriptors, const char* name, const Wanted& wanted) noexcept {
  if (wanted.link.front() != '\0') {
    std::array<char, 32> found{};
    const auto size = readlinkat(descriptors, name, found.data(), found.size() - 1);
    return size > 0 && std::strcmp(found.data(), wanted.link.data()) == 0;
  }
  struct stat status {};
  return fstatat(descriptors, name, &status, 0) == 0 && status.st_dev == wanted.file.st_dev &&
         status.st_ino == wanted.file.st_ino && is_locked(pid, name) == wanted.is_locked;
}

bool is_alive(int pidfd) noexcept {
  pollfd watched{pidfd, POLLIN, 0};
  return poll(&watched, 1, 0) == 0;
}

std::optional<pid_t> pid_from(const char* name) noexcept {
  pid_t pid = 0;
  const char* const end = name + std::strlen(name);
  const auto [last, failure] = std::from_chars(name, end, pid);
  if (failure != std::errc() || last != end || pid <= 0) return {};
  return pid;
}

/// Processes of a namespace below ours have numbers here too: a container's, which is not ours to end.
bool is_in_our_namespace(pid_t pid) noexcept {
  std::array<char, 32> path{};
  std::snprintf(path.data(), path.size(), "/proc/%d/ns/pid", pid);
  struct stat theirs{};
  struct stat ours{};
  return stat(path.data(), &theirs) == 0 && stat("/proc/self/ns/pid", &ours) == 0 && theirs.st_dev == ours.st_dev &&
         theirs.st_ino == ours.st_ino;
}

enum class Seen { everything, not_all };

Seen look_at_process(pid_t pid, const Wanted& wanted, Reach reach, std::vector<Holder>& holders) {
  const auto status = read_process_status(pid);
  if (!status || status->is_dead()) return Seen::everything;
  const auto path = "/proc/" + std::to_string(pid) + "/fd";
  const Fd descriptors(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!descriptors) return errno == ENOENT || errno == ESRCH ? Seen::everything : Seen::not_all;
  std::string link;
  int left = most_descriptors;
  const bool is_read = for_each_name(descriptors.get(), [&](const char* name) {
    if (is_wanted(pid, descriptors.get(), name, wanted)) link = path + "/" + name;
    return link.empty() && --left > 0;
  });
  if (link.empty()) return is_read && left > 0 ? Seen::everything : Seen::not_all;
  // Its number may be another's by now: what was seen is seen again once the pidfd names one process for good.
  auto holder = pin_process(pid, *status);
  const char* const number = link.c_str() + path.size() + 1;
  if (!holder || !is_wanted(pid, descriptors.get(), number, wanted)) return Seen::everything;
  holder->link = link;
  const bool is_whole_host = reach == Reach::whole_host;
  if (is_whole_host) holder->residence = residence_of(pid);
  if ((is_whole_host || is_in_our_namespace(pid)) && is_alive(holder->pidfd.get()))
    holders.push_back(std::move(*holder));
  return Seen::everything;
}

void look_at_all(const Wanted& wanted, Reach reach, Holders& found) {
  const Fd processes(is_proc_ours() ? open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1);
  if (!processes) return;
  bool sees_all = true;
  const bool is_read = for_each_name(processes.get(), [&](const char* entry) {
    const auto pid = pid_from(entry);
    if (pid && look_at_process(*pid, wanted, reach, found.list) == Seen::not_all) sees_all = false;
    return true;
  });
  found.is_proc_complete = is_read && sees_all;
}

/// proc_pid_fdinfo(5): the flags stand there in octal. Whoever cannot be asked counts as a launcher.
bool is_close_on_exec(const Holder& holder) noexcept {
  std::string path = holder.link;
  path.replace(path.rfind("/fd/"), 4, "/fdinfo/");
  const auto text = read_start(path.c_str());
  const char* const flags = std::strstr(text.data(), "flags:");
  return flags == nullptr || (std::strtoul(flags + 6, nullptr, 8) & O_CLOEXEC) != 0;
}

Holders find_who_opened(int lease, Reach reach, bool locked) {
  Holders found{{}, reach};
  Wanted wanted;
  wanted.is_locked = locked;
  found.is_socket_known = fstat(lease, &wanted.file) == 0;
  if (found.is_socket_known) look_at_all(wanted, reach, found);
  std::erase_if(found.list, [](const Holder& holder) { return holder.pid == getpid(); });
  return found;
}

}  // namespace

std::optional<Holder> pin_process(pid_t pid, const ProcessStatus& before) {
  // glibc 2.36 declares pidfd_open(2) without C linkage.
  Holder holder{pid, Fd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0))), before, {}, {}};
  if (!holder.pidfd) return {};
  const auto now = read_process_status(pid);
  if (!now || now->is_dead() || now->started != before.started || !is_alive(holder.pidfd.get())) return {};
  return holder;
}

Holders find_holders(const Identity& identity, const std::string& name, Reach reach) {
  Holders found{{}, reach};
  const auto sockets =
      reach == Reach::whole_host ? sockets_in_every_network(identity, name) : bound_sockets(identity, name);
  // Two sockets at one inode cannot be: of two, one is an accident of numbers, and nobody knows which.
  found.is_socket_known = sockets && sockets->count == 1;
  if (found.is_socket_known) look_at_all(wanted_socket(sockets->found[0].inode), reach, found);
  return found;
}

Holders find_heirs(int lease) {
  auto found = find_lease_holders(lease, Reach::own_namespaces);
  if (!found.is_proc_complete || std::any_of(found.list.begin(), found.list.end(), is_close_on_exec))
    found.list.clear();
  return found;
}

bool is_locked(pid_t pid, const char* number) noexcept {
  std::array<char, 64> path;
  std::snprintf(path.data(), path.size(), "/proc/%d/fdinfo/%s", pid, number);
  return std::strstr(read_start(path.data()).data(), "\nlock:") != nullptr;
}

Holders find_lease_holders(int lease, Reach reach) { return find_who_opened(lease, reach, true); }

Holders find_lease_waiters(int lease, Reach reach) { return find_who_opened(lease, reach, false); }

std::string describe(const std::vector<Holder>& holders) {
  constexpr std::size_t most = 4;
  std::string text;
  for (std::size_t i = 0; i < holders.size() && i < most; ++i) {
    if (i > 0) text += ", ";
    text.append(holders[i].status.name()).append(" pid=").append(std::to_string(holders[i].pid));
    text.append(describe(holders[i].residence));
  }
  if (holders.size() > most) text += " and " + std::to_string(holders.size() - most) + " more";
  return text;
}

std::string why_unfound(const Holders& holders) {
  if (holders.reach == Reach::whole_host) return "a process that cannot be found";
  if (!holders.is_socket_known) return "a process of another network namespace";
  if (!holders.is_proc_complete) return "a process whose descriptors we may not see";
  return "a process of another pid namespace, or one that /proc hides,";
}

}  // namespace ownership
