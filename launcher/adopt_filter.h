#pragma once

#include <linux/filter.h>

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

/// The seccomp(2) filter that lets the launcher answer the system calls by which a web process makes its sockets.
///
///   bind, listen                       notified
///   connect                            notified where the length of the address can be that of a unix path
///   unlink, unlinkat                   notified (rmdir by unlinkat is not)
///   rename, renameat, renameat2        notified
///   io_uring_setup, userfaultfd        ENOSYS: with the first these calls pass unseen, with the second a thread of the
///                                      web process could hold up whoever reads its memory
///   any call of another architecture   ENOSYS: i386 and x32 on x86-64, 32-bit ARM on arm64
///   every other call                   allowed, at the price of the comparisons
namespace launcher {

/// A program that depends on the manifest, so it is made at each start: by hand, where libseccomp would take 0.3 ms.
class AdoptFilter {
 public:
  /// Pure. `paths` are those that the web process may bind. An address of 16 or 28 bytes is an IPv4 or IPv6 address
  /// as a rule, whose connect(2) must cost nothing: it is notified only where one of the paths has that length.
  explicit AdoptFilter(std::span<const std::string_view> paths) noexcept;

  std::span<const sock_filter> code() const noexcept { return {code_.data(), size_}; }

 private:
  void add(const sock_filter& instruction) noexcept { code_[size_++] = instruction; }
  void add_when(long number, unsigned action) noexcept;
  void add_connect(bool has_16, bool has_28) noexcept;
  void add_unlinkat() noexcept;

  std::array<sock_filter, 64> code_{};
  std::size_t size_ = 0;
};

/// Installs it for the calling process and whatever it executes, for ever: also sets no_new_privs. Returns the notify
/// descriptor (close-on-exec), or -1 with errno: EBUSY where another filter has one already. Async-signal-safe.
int install_adopt_filter(std::span<const sock_filter> code) noexcept;

}  // namespace launcher
