#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// The words of the control socket: SEQPACKET, one text line a message, `solinit/1 VERB key=value …`. Pure.
///
///   newcomer                       holder of the lease
///   TAKE owner container
///        generation init
///        {listeners, life line}  →
///                                ←  GRANT container generation {leases, listeners, life line}   or REFUSE why
///   strict, its listeners published:
///   DRAIN                        →
///                                ←  STOPPED
///   both; in overlap its listeners are published just now:
///   READY                        →
///                                ←  BYE
///   FAILED why                   →  (at any time after GRANT: the holder goes on, once the newcomer's tree is gone)
///
/// Anybody trusted may ask for the state, at any time: STATUS → STATE phase owner container generation; or for another
/// web process in the old one's place: RESTART → STATE …, or REFUSE why.
///
/// A life line is the read end of a pipe whose write end a launcher and its whole tree hold: it hangs up when all of them
/// are gone. After GRANT neither side hangs up while it lives, so an end of file is a death.
namespace control {

inline constexpr std::size_t max_message = 1024;

enum class Verb { take, grant, refuse, drain, stopped, ready, failed, bye, status, state, restart };

struct Message {
  Verb verb = Verb::take;
  std::string_view owner{};
  std::string_view container{};
  std::uint64_t generation = 0;
  std::string_view phase{};  ///< of the sender's life, as name_of(Life::Phase) spells it
  std::uint64_t web = 0;       ///< STATE: the web process, as the sender numbers it; 0: there is none
  std::uint64_t since = 0;     ///< STATE: when `phase` began, in seconds since 1970
  std::uint64_t started = 0;   ///< STATE: when the sender did
  std::uint64_t restarts = 0;  ///< STATE: web processes after the first
  std::uint64_t reaped = 0;    ///< STATE: processes that were waited for, the web process included
  bool is_pid_one = false;  ///< `init=1`: the sender is PID 1 of its container, so an engine may restart it
  std::string_view why{};   ///< free text: the last value, to the end of the message; of STATE, what was logged last
};

/// Nothing for another version, an unknown verb, a malformed or repeated key. Unknown keys are skipped, so that a later
/// version may add some. The result points into `text`.
std::optional<Message> parse_message(std::string_view text);

/// The used part of `room`; `why` is cut where it does not fit.
std::string_view format_message(const Message& message, std::span<char, max_message> room) noexcept;

/// Why the holder of a lease turns a newcomer away; nothing when it is a rightful successor.
struct Holder {
  std::string_view owner;
  std::string_view container;
  std::span<const std::string> superseded;
};
std::optional<std::string_view> refusal(const Message& take, const Holder& holder) noexcept;

inline constexpr std::string_view superseded_reason = "superseded";
inline constexpr std::string_view other_owner_reason = "another owner";

}  // namespace control
