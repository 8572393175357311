#pragma once

#include <array>
#include <span>
#include <string_view>

#include "manifests/manifest.h"

/// Every word of the language, as data: the parser reads by these tables, print writes by them, and a test holds
/// schema.json to them.
namespace manifests {

template <typename E>
struct Word {
  std::string_view text;
  E value;
};

using Keys = std::span<const std::string_view>;

inline constexpr std::array<Word<SocketType>, 3> socket_types{
    {{"stream", SocketType::stream}, {"seqpacket", SocketType::seqpacket}, {"dgram", SocketType::dgram}}};
inline constexpr std::array<Word<Activation>, 3> activations{
    {{"bind", Activation::bind}, {"inherit", Activation::inherit}, {"adopt", Activation::adopt}}};
inline constexpr std::array<Word<RestartPolicy>, 3> restart_policies{
    {{"never", RestartPolicy::never}, {"on-failure", RestartPolicy::on_failure}, {"always", RestartPolicy::always}}};
inline constexpr std::array<Word<TakeoverPolicy>, 3> takeover_policies{
    {{"handover", TakeoverPolicy::handover}, {"standby", TakeoverPolicy::standby}, {"refuse", TakeoverPolicy::refuse}}};
inline constexpr std::array<Word<TakeoverOrder>, 2> takeover_orders{
    {{"strict", TakeoverOrder::strict}, {"overlap", TakeoverOrder::overlap}}};
inline constexpr std::array<Word<StrangerPolicy>, 2> stranger_policies{
    {{"evict", StrangerPolicy::evict}, {"refuse", StrangerPolicy::refuse}}};
/// The third, http, is the key of a map: `{http: /healthz}`.
inline constexpr std::array<Word<ReadyWhen>, 2> ready_words{
    {{"listening", ReadyWhen::listening}, {"notify", ReadyWhen::notify}}};

inline constexpr std::array<std::string_view, 11> manifest_keys{
    "version", "owner", "command", "sockets", "pid_files", "stop", "restart", "ready", "takeover", "match", "inject"};
inline constexpr std::array<std::string_view, 8> socket_keys{"path", "name", "type",  "activation",
                                                             "mode", "user", "group", "backlog"};
inline constexpr std::array<std::string_view, 2> stop_keys{"signal", "grace"};
inline constexpr std::array<std::string_view, 5> restart_keys{"policy", "backoff", "max_backoff", "limit", "signal"};
inline constexpr std::array<std::string_view, 2> ready_keys{"when", "timeout"};
inline constexpr std::array<std::string_view, 1> ready_when_keys{"http"};
inline constexpr std::array<std::string_view, 5> takeover_keys{"policy", "order", "drain", "patience", "strangers"};
inline constexpr std::array<std::string_view, 2> match_keys{"annotations", "mounts"};

/// The word for `value`, which must be in the table.
template <typename E, std::size_t N>
constexpr std::string_view word_for(const std::array<Word<E>, N>& words, E value) {
  for (const auto& word : words)
    if (word.value == value) return word.text;
  return {};
}

template <typename E, std::size_t N>
constexpr std::array<std::string_view, N> texts_of(const std::array<Word<E>, N>& words) {
  std::array<std::string_view, N> texts;
  for (std::size_t i = 0; i < N; ++i) texts[i] = words[i].text;
  return texts;
}

}  // namespace manifests
