#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "ownership/error.h"
#include "ownership/fd.h"

/// What travels between the launcher, its forked child and the notifier: SOCK_SEQPACKET, all ends close-on-exec.
namespace launcher {

struct AdoptChannel {
  ownership::Fd ours, theirs;
};

ownership::Result<AdoptChannel> make_adopt_channel();

/// In the child before execve(2): async-signal-safe. False with errno.
bool send_notify(int channel, int notify) noexcept;
/// Waits at most `limit`; empty when the other side hung up before, or sent something else.
ownership::Fd receive_notify(int channel, std::chrono::milliseconds limit) noexcept;

/// What the notifier tells the launcher, and the launcher's answer to it.
struct AdoptReport {
  enum class What : std::uint8_t {
    is_listening,
    must_fall_back,  ///< the notifier waits until the launcher has made way, and said so by the same report
  };
  What what = What::is_listening;
  std::uint8_t target = 0;
};

/// Never blocks. False when it could not be sent.
bool send_report(int channel, AdoptReport report) noexcept;
/// Never blocks. Nothing when there is none; `has_hung_up` when there will be none.
std::optional<AdoptReport> receive_report(int channel, bool& has_hung_up) noexcept;

}  // namespace launcher
