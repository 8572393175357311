#include "launcher/listener.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <utility>

#include "control/bind_in.h"
#include "launcher/account.h"
#include "ownership/look.h"
#include "ownership/names.h"
#include "ownership/quarantine.h"

namespace launcher {
namespace {

using ownership::Error;
using ownership::ExitCode;
using ownership::Fd;
using ownership::Holding;
using ownership::Result;
using manifests::SocketType;

/// What fits into an address beside /proc/self/fd/N.
constexpr std::size_t longest_stem = 32;
constexpr std::size_t digits = 16;
constexpr std::string_view extension = ".listen";
constexpr std::string_view link_extension = ".new";
constexpr int most_attempts = 100;

int kind_of(SocketType type) noexcept {
  switch (type) {
    case SocketType::stream: return SOCK_STREAM;
    case SocketType::seqpacket: return SOCK_SEQPACKET;
    case SocketType::dgram: break;
  }
  return SOCK_DGRAM;
}

std::string_view stem_of(std::string_view name) noexcept { return name.substr(0, longest_stem); }

/// Tells apart two long names with one stem.
std::uint32_t hash_of(std::string_view name) noexcept {
  std::uint32_t hash = 2166136261u;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  return hash;
}

std::array<char, 9> hex(std::uint32_t number) noexcept {
  std::array<char, 9> text;
  std::snprintf(text.data(), text.size(), "%08x", number);
  return text;
}

std::array<char, 64> fresh_name(std::string_view name) noexcept {
  std::uint32_t number = 0;
  // Without entropy early at boot the clock does: a name that exists already makes bind(2) fail, and is not used.
  if (getrandom(&number, sizeof number, GRND_NONBLOCK) != static_cast<ssize_t>(sizeof number)) {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    number = static_cast<std::uint32_t>(now.tv_nsec);
  }
  std::array<char, 64> fresh{};
  const auto stem = stem_of(name);
  std::snprintf(fresh.data(), fresh.size(), "%.*s.%s%s%s", static_cast<int>(stem.size()), stem.data(),
                hex(hash_of(name)).data(), hex(number).data(), extension.data());
  return fresh;
}

Error cannot(const std::string& path, int reason) {
  const bool is_denied = reason == EACCES || reason == EPERM;
  return ownership::system_error("cannot make the socket of", path, reason,
                                 is_denied ? ExitCode::not_permitted : ExitCode::system_call);
}

Error unknown_account(const char* what, const std::string& account, const manifests::Socket& socket) {
  return {ExitCode::bad_manifest, "cannot make the socket of", socket.path, std::string("unknown ") + what + " '" + account + "'",
          std::string("give its number, or add it to ") + (*what == 'u' ? "/etc/passwd" : "/etc/group")};
}

struct Ownership {
  uid_t user = static_cast<uid_t>(-1);
  gid_t group = static_cast<gid_t>(-1);
  bool is_asked_for() const noexcept { return user != static_cast<uid_t>(-1) || group != static_cast<gid_t>(-1); }
};

Result<Ownership> ownership_of(const manifests::Socket& socket) {
  Ownership wanted;
  if (!socket.user.empty()) {
    const auto user = user_number(socket.user);
    if (!user) return std::unexpected(unknown_account("user", socket.user, socket));
    wanted.user = *user;
  }
  if (!socket.group.empty()) {
    const auto group = group_number(socket.group);
    if (!group) return std::unexpected(unknown_account("group", socket.group, socket));
    wanted.group = *group;
  }
  return wanted;
}

/// Where an address has room for it, by a path that means the same to the web process: some ask getsockname(2) what to
/// unlink or to show.
bool bind_in_records(int socket, const Holding& holding, const char* name) noexcept {
  const std::string_view path = holding.place.path;
  const auto directory = path.substr(0, path.size() - holding.place.name.size());
  std::array<char, 256> address;
  const int size = std::snprintf(address.data(), address.size(), "%.*s.solinit/%s", static_cast<int>(directory.size()),
                                 directory.data(), name);
  const bool fits = size > 0 && static_cast<std::size_t>(size) < address.size();
  return (fits && control::bind_at(socket, address.data())) || control::bind_in(socket, holding.records.get(), name);
}

/// Under the umask that we were started with, or with exactly the mode asked for: from its first moment on.
bool bind_with_mode(int socket, const manifests::Socket& wanted, const Holding& holding, const char* name) noexcept {
  if (!wanted.mode) return bind_in_records(socket, holding, name);
  const mode_t previous = umask(0777 & ~*wanted.mode);
  const bool is_bound = bind_in_records(socket, holding, name);
  const int reason = errno;
  umask(previous);
  errno = reason;
  return is_bound;
}

bool same_inode(int directory, const char* name, int other_directory, const char* other) noexcept {
  struct stat one{};
  struct stat two{};
  return fstatat(directory, name, &one, AT_SYMLINK_NOFOLLOW) == 0 &&
         fstatat(other_directory, other, &two, AT_SYMLINK_NOFOLLOW) == 0 && one.st_dev == two.st_dev &&
         one.st_ino == two.st_ino && S_ISSOCK(one.st_mode);
}

int option(int socket, int name) noexcept {
  int value = -1;
  socklen_t size = sizeof value;
  return getsockopt(socket, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

/// The last part of the address it is bound to, into `name`; false when it has none that fits.
bool bound_name(int socket, std::array<char, 64>& name) noexcept {
  sockaddr_un address{};
  socklen_t size = sizeof address;
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0 || address.sun_family != AF_UNIX ||
      size <= offsetof(sockaddr_un, sun_path) || address.sun_path[0] == '\0')
    return false;
  const std::string_view path(address.sun_path, strnlen(address.sun_path, size - offsetof(sockaddr_un, sun_path)));
  const auto last = path.substr(path.rfind('/') + 1);
  if (last.empty() || last.size() >= name.size()) return false;
  name = {};
  std::copy(last.begin(), last.end(), name.begin());
  return true;
}

/// By the way of the quarantine: a newcomer may be about to bind it, and then nobody is bound to it for a moment only. It
/// keeps a listener's name meanwhile, so that what a crash leaves is swept by the next.
void sweep_one(const Holding& holding, const char* name) noexcept {
  const int records = holding.records.get();
  const auto seen = ownership::look(records, name);
  if (seen.entry != ownership::Entry::socket || seen.bound != ownership::Bound::nobody) return;
  const auto aside = fresh_name(holding.place.name);
  if (renameat2(records, name, records, aside.data(), RENAME_NOREPLACE) != 0) return;
  if (ownership::look_again_at_socket(records, aside.data(), seen.pin.get()) == ownership::SecondLook::nobody)
    unlinkat(records, aside.data(), 0);
  else
    renameat2(records, aside.data(), records, name, RENAME_NOREPLACE);
}

}  // namespace

bool is_listener_name(std::string_view entry, std::string_view name) noexcept {
  const auto stem = stem_of(name);
  if (entry.size() != stem.size() + 1 + digits + extension.size() || !entry.starts_with(stem) ||
      !entry.ends_with(extension) || entry[stem.size()] != '.')
    return false;
  const auto number = entry.substr(stem.size() + 1, digits);
  return number.starts_with(hex(hash_of(name)).data()) && number.find_first_not_of("0123456789abcdef") == number.npos;
}

std::size_t holding_of(const ownership::Claim& claim, std::string_view path) noexcept {
  const auto found = std::find_if(claim.holdings.begin(), claim.holdings.end(),
                                  [path](const Holding& holding) { return holding.item.path == path; });
  return static_cast<std::size_t>(found - claim.holdings.begin());
}

Result<Listener> make_listener(const manifests::Socket& socket, const Holding& holding) {
  const auto wanted = ownership_of(socket);
  if (!wanted) return std::unexpected(wanted.error());
  Listener listener;
  listener.socket.reset(::socket(AF_UNIX, kind_of(socket.type) | SOCK_CLOEXEC, 0));
  if (!listener) return std::unexpected(cannot(socket.path, errno));
  for (int attempt = 0;; ++attempt) {
    listener.keep = fresh_name(holding.place.name);
    if (bind_with_mode(listener.socket.get(), socket, holding, listener.name())) break;
    if (errno != EADDRINUSE || attempt == most_attempts) return std::unexpected(cannot(socket.path, errno));
  }
  const bool is_given = !wanted->is_asked_for() || fchownat(holding.records.get(), listener.name(), wanted->user,
                                                            wanted->group, AT_SYMLINK_NOFOLLOW) == 0;
  if (is_given && (socket.type == SocketType::dgram || listen(listener.socket.get(), socket.backlog) == 0))
    return listener;
  auto error = cannot(socket.path, errno);
  if (!is_given) error.advice = "start solinit as root, or leave out user and group";
  discard(listener, holding);
  return std::unexpected(std::move(error));
}

std::array<char, 72> displaced_name(const Listener& listener) noexcept {
  std::array<char, 72> link;
  std::snprintf(link.data(), link.size(), "%s%s", listener.name(), link_extension.data());
  return link;
}

bool publish_listener(const Listener& listener, const Holding& holding) noexcept {
  const int records = holding.records.get();
  // Between two links of one inode rename(2) does nothing, and would leave the second name.
  if (is_published(listener, holding)) return true;
  const auto link = displaced_name(listener);
  unlinkat(records, link.data(), 0);
  if (linkat(records, listener.name(), records, link.data(), 0) != 0) return false;
  if (renameat(records, link.data(), holding.place.directory.get(), holding.place.name.c_str()) == 0) return true;
  const int reason = errno;
  unlinkat(records, link.data(), 0);
  errno = reason;
  return false;
}

Exchanged exchange_listener(const Listener& listener, const Holding& holding) noexcept {
  const int records = holding.records.get(), directory = holding.place.directory.get();
  const char* const name = holding.place.name.c_str();
  const auto link = displaced_name(listener);
  unlinkat(records, link.data(), 0);
  if (linkat(records, listener.name(), records, link.data(), 0) != 0) return Exchanged::failed;
  // What stands there may come and go between the two; who is as fast as that is met by the next look.
  if (renameat2(records, link.data(), directory, name, RENAME_NOREPLACE) == 0) return Exchanged::free_path;
  if (errno == EEXIST && renameat2(records, link.data(), directory, name, RENAME_EXCHANGE) == 0)
    return Exchanged::displaced;
  const int reason = errno;
  unlinkat(records, link.data(), 0);
  errno = reason;
  return Exchanged::failed;
}

void put_back(const Listener& listener, const Holding& holding) noexcept {
  const int records = holding.records.get(), directory = holding.place.directory.get();
  const char* const name = holding.place.name.c_str();
  const auto link = displaced_name(listener);
  if (renameat2(records, link.data(), directory, name, RENAME_EXCHANGE) == 0) {
    unlinkat(records, link.data(), 0);
  } else if (renameat2(records, link.data(), directory, name, RENAME_NOREPLACE) != 0) {
    // Under a name that nothing sweeps.
    renameat2(records, link.data(), records, fresh_name(holding.place.name).data(), RENAME_NOREPLACE);
  }
}

void unpublish_listener(const Listener& listener, const Holding& holding) noexcept {
  if (!is_published(listener, holding)) return;
  // Moved first: what is unlinked must be what was looked at. A crash leaves it where it is swept, if it is dead.
  const int records = holding.records.get(), directory = holding.place.directory.get();
  const char* const name = holding.place.name.c_str();
  const auto aside = fresh_name(holding.place.name);
  if (renameat2(directory, name, records, aside.data(), RENAME_NOREPLACE) != 0) return;
  if (same_inode(records, listener.name(), records, aside.data()))
    unlinkat(records, aside.data(), 0);
  else
    renameat2(records, aside.data(), directory, name, RENAME_NOREPLACE);
}

bool is_published(const Listener& listener, const Holding& holding) noexcept {
  return same_inode(holding.records.get(), listener.name(), holding.place.directory.get(), holding.place.name.c_str());
}

int type_of(const Listener& listener) noexcept { return option(listener.socket.get(), SO_TYPE); }

Fd connect_to_listener(const Listener& listener, const Holding& holding) noexcept {
  const auto seen = ownership::look(holding.records.get(), listener.name());
  Fd connection(socket(AF_UNIX, type_of(listener) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (seen.entry != ownership::Entry::socket || !connection) return {};
  errno = ownership::connect_to_inode(connection.get(), holding.records.get(), listener.name(), seen.pin.get());
  return errno == 0 ? std::move(connection) : Fd();
}

bool is_queue_empty(const Listener& listener) noexcept {
  pollfd queue{listener.socket.get(), POLLIN, 0};
  return poll(&queue, 1, 0) == 0;
}

void discard(Listener& listener, const Holding& holding) noexcept {
  if (listener.socket) unlinkat(holding.records.get(), listener.name(), 0);
  listener = Listener{};
}

Listener recognise(Fd& received, const manifests::Socket& socket, const Holding& holding) noexcept {
  Listener listener;
  const int type = kind_of(socket.type);
  if (option(received.get(), SO_DOMAIN) != AF_UNIX || option(received.get(), SO_TYPE) != type ||
      (type != SOCK_DGRAM && option(received.get(), SO_ACCEPTCONN) != 1) || !bound_name(received.get(), listener.keep) ||
      !is_listener_name(listener.name(), holding.place.name))
    return {};
  const auto seen = ownership::look(holding.records.get(), listener.name());
  if (seen.entry != ownership::Entry::socket || seen.bound != ownership::Bound::somebody) return {};
  listener.socket = std::move(received);
  return listener;
}

bool answers_at_its_name(const Listener& listener, const Holding& holding) noexcept {
  if (type_of(listener) == SOCK_DGRAM) return true;
  if (!is_queue_empty(listener)) return false;
  const Fd knock = connect_to_listener(listener, holding);
  if (!knock || is_queue_empty(listener)) return false;
  // Whoever else has the listener may take the knock before us, and may have made it block.
  const timeval longest{0, 100'000}, forever{};
  const int socket = listener.socket.get();
  if (setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof longest) != 0) return false;
  const Fd taken(accept4(socket, nullptr, nullptr, SOCK_CLOEXEC));
  setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &forever, sizeof forever);
  return static_cast<bool>(taken);
}

void sweep_listeners(const Holding& holding) noexcept {
  const int records = holding.records.get();
  ownership::for_each_name(records, [&](const char* name) {
    std::string_view entry = name;
    if (entry.ends_with(link_extension)) {
      // Only the holder of the lease makes one, and a crash left it.
      entry.remove_suffix(link_extension.size());
      if (is_listener_name(entry, holding.place.name)) unlinkat(records, name, 0);
    } else if (is_listener_name(entry, holding.place.name)) {
      sweep_one(holding, name);
    }
    return true;
  });
}

}  // namespace launcher
