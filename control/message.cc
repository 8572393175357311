#include "control/message.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace control {
namespace {

constexpr std::string_view version = "solinit/1 ";
constexpr std::array<std::pair<std::string_view, Verb>, 11> verbs{{{"TAKE", Verb::take},
                                                                  {"GRANT", Verb::grant},
                                                                  {"REFUSE", Verb::refuse},
                                                                  {"DRAIN", Verb::drain},
                                                                  {"STOPPED", Verb::stopped},
                                                                  {"READY", Verb::ready},
                                                                  {"FAILED", Verb::failed},
                                                                  {"BYE", Verb::bye},
                                                                   {"STATUS", Verb::status},
                                                                   {"STATE", Verb::state},
                                                                   {"RESTART", Verb::restart}}};

bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '_';
  });
}

std::string_view take_word(std::string_view& rest) {
  const auto end = std::min(rest.find(' '), rest.size());
  const auto word = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return word;
}

/// The numbers that a message may carry; 0 is left out.
constexpr std::array<std::pair<std::string_view, std::uint64_t Message::*>, 6> numbers{
    {{"generation", &Message::generation},
     {"web", &Message::web},
     {"since", &Message::since},
     {"started", &Message::started},
     {"restarts", &Message::restarts},
     {"reaped", &Message::reaped}}};

bool set_number(std::uint64_t& number, std::string_view value) {
  const auto parsed = std::from_chars(value.data(), value.data() + value.size(), number);
  return parsed.ec == std::errc{} && parsed.ptr == value.data() + value.size();
}

bool set(Message& message, std::string_view key, std::string_view value) {
  if (key == "owner" || key == "container" || key == "phase") {
    auto& name = key == "owner" ? message.owner : key == "container" ? message.container : message.phase;
    if (!name.empty() || !is_name(value)) return false;
    name = value;
    return true;
  }
  for (const auto& [name, number] : numbers)
    if (key == name) return set_number(message.*number, value);
  if (key == "init") {
    if (value != "0" && value != "1") return false;
    message.is_pid_one = value == "1";
  }
  return true;
}

std::optional<Verb> verb_of(std::string_view word) {
  for (const auto& [name, verb] : verbs)
    if (name == word) return verb;
  return std::nullopt;
}

}  // namespace

std::optional<Message> parse_message(std::string_view text) {
  if (!text.starts_with(version) || !is_plain(text)) return std::nullopt;
  text.remove_prefix(version.size());
  const auto verb = verb_of(take_word(text));
  if (!verb) return std::nullopt;
  Message message{.verb = *verb};
  while (!text.empty()) {
    if (text.starts_with("why=")) {
      message.why = text.substr(4);
      break;
    }
    const auto word = take_word(text);
    const auto equals = word.find('=');
    if (equals == word.npos || !set(message, word.substr(0, equals), word.substr(equals + 1))) return std::nullopt;
  }
  if (message.verb == Verb::take && (message.owner.empty() || message.container.empty())) return std::nullopt;
  return message;
}

std::string_view format_message(const Message& message, std::span<char, max_message> room) noexcept {
  std::size_t used = 0;
  const auto put = [&](std::string_view text) {
    const auto size = std::min(text.size(), room.size() - used);
    std::copy_n(text.begin(), size, room.begin() + static_cast<std::ptrdiff_t>(used));
    used += size;
  };
  put(version);
  put(verbs[static_cast<std::size_t>(message.verb)].first);
  if (!message.owner.empty()) put(" owner="), put(message.owner);
  if (!message.container.empty()) put(" container="), put(message.container);
  if (!message.phase.empty()) put(" phase="), put(message.phase);
  for (const auto& [name, number] : numbers) {
    if (message.*number == 0) continue;
    std::array<char, 24> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), message.*number).ptr;
    put(" "), put(name), put("=");
    put({digits.data(), static_cast<std::size_t>(end - digits.data())});
  }
  if (message.verb == Verb::take || message.verb == Verb::grant) put(message.is_pid_one ? " init=1" : " init=0");
  if (!message.why.empty()) put(" why="), put(message.why);
  return {room.data(), used};
}

std::optional<std::string_view> refusal(const Message& take, const Holder& holder) noexcept {
  if (take.owner != holder.owner) return other_owner_reason;
  // What is started anew inside one container was started by somebody; only an engine restarts PID 1 unasked.
  const bool may_be_restarted = take.is_pid_one && take.container != holder.container;
  if (may_be_restarted && std::find(holder.superseded.begin(), holder.superseded.end(), take.container) !=
                              holder.superseded.end())
    return superseded_reason;
  return std::nullopt;
}

}  // namespace control
