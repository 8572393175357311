#include "manifests/flat.h"

#include <utility>

#include "manifests/flat_reader.h"
#include "manifests/flat_writer.h"

namespace manifests {
namespace {

void put(FlatWriter& writer, const Socket& socket) {
  writer.put(socket.path);
  writer.put(socket.name);
  writer.put(socket.type);
  writer.put(socket.activation);
  writer.put(socket.mode);
  writer.put(socket.user);
  writer.put(socket.group);
  writer.put(socket.backlog);
}

Socket take_socket(FlatReader& reader) {
  Socket socket;
  socket.path = reader.take_text();
  socket.name = reader.take_text();
  socket.type = reader.take(SocketType::dgram);
  socket.activation = reader.take(Activation::adopt);
  socket.mode = reader.take_optional<mode_t>();
  socket.user = reader.take_text();
  socket.group = reader.take_text();
  socket.backlog = reader.take<int>();
  return socket;
}

void put(FlatWriter& writer, const Restart& restart) {
  writer.put(restart.policy);
  writer.put(restart.backoff);
  writer.put(restart.max_backoff);
  writer.put(restart.limit);
  writer.put(restart.window);
  writer.put(restart.signal);
}

Restart take_restart(FlatReader& reader) {
  Restart restart;
  restart.policy = reader.take(RestartPolicy::always);
  restart.backoff = reader.take_duration();
  restart.max_backoff = reader.take_duration();
  restart.limit = reader.take<std::uint32_t>();
  restart.window = reader.take_duration();
  restart.signal = reader.take_optional<int>();
  return restart;
}

void put(FlatWriter& writer, const Ready& ready) {
  writer.put(ready.when);
  writer.put(ready.http_path);
  writer.put(ready.timeout);
}

Ready take_ready(FlatReader& reader) {
  Ready ready;
  ready.when = reader.take(ReadyWhen::http);
  ready.http_path = reader.take_text();
  ready.timeout = reader.take_duration();
  return ready;
}

void put(FlatWriter& writer, const Takeover& takeover) {
  writer.put(takeover.policy);
  writer.put(takeover.order);
  writer.put(takeover.drain);
  writer.put(takeover.patience);
  writer.put(takeover.strangers);
}

Takeover take_takeover(FlatReader& reader) {
  Takeover takeover;
  takeover.policy = reader.take(TakeoverPolicy::refuse);
  takeover.order = reader.take(TakeoverOrder::overlap);
  takeover.drain = reader.take_duration();
  takeover.patience = reader.take_duration();
  takeover.strangers = reader.take(StrangerPolicy::refuse);
  return takeover;
}

void put(FlatWriter& writer, const Match& match) {
  writer.put_size(match.annotations.size());
  for (const auto& [key, value] : match.annotations) {
    writer.put(key);
    writer.put(value);
  }
  writer.put(match.mounts);
}

Match take_match(FlatReader& reader) {
  Match match;
  for (auto left = reader.take_size(); left > 0 && !reader.has_failed(); --left) {
    auto key = reader.take_text();
    auto value = reader.take_text();
    auto& annotations = match.annotations;
    if (!annotations.empty() && annotations.rbegin()->first >= key) reader.fail();
    annotations.emplace_hint(annotations.end(), std::move(key), std::move(value));
  }
  match.mounts = reader.take_texts();
  return match;
}

}  // namespace

void put(FlatWriter& writer, const Manifest& manifest) {
  writer.put(manifest.owner);
  writer.put(manifest.command);
  writer.put_size(manifest.sockets.size());
  for (const auto& socket : manifest.sockets) put(writer, socket);
  writer.put(manifest.pid_files);
  writer.put(manifest.stop.signal);
  writer.put(manifest.stop.grace);
  put(writer, manifest.restart);
  put(writer, manifest.ready);
  put(writer, manifest.takeover);
  writer.put(manifest.match.has_value());
  if (manifest.match) put(writer, *manifest.match);
  writer.put(manifest.inject);
}

Manifest take_manifest(FlatReader& reader) {
  Manifest manifest;
  manifest.owner = reader.take_text();
  manifest.command = reader.take_texts();
  for (auto left = reader.take_size(); left > 0 && !reader.has_failed(); --left)
    manifest.sockets.push_back(take_socket(reader));
  manifest.pid_files = reader.take_texts();
  manifest.stop.signal = reader.take<int>();
  manifest.stop.grace = reader.take_duration();
  manifest.restart = take_restart(reader);
  manifest.ready = take_ready(reader);
  manifest.takeover = take_takeover(reader);
  if (reader.take<bool>()) manifest.match = take_match(reader);
  manifest.inject = reader.take<bool>();
  return manifest;
}

std::string encode(const Manifest& manifest) {
  FlatWriter writer;
  put(writer, manifest);
  return std::move(writer).finish();
}

std::optional<Manifest> decode(std::string_view bytes) {
  FlatReader reader(bytes);
  auto manifest = take_manifest(reader);
  return reader.is_whole() ? std::optional(std::move(manifest)) : std::nullopt;
}

}  // namespace manifests
