#include <boost/json.hpp>

#include "ownership/time_text.h"
#include "status/render.h"

namespace status {
namespace {

namespace json_library = boost::json;

json_library::value text_or_null(const std::string& text) {
  if (text.empty()) return nullptr;
  return json_library::value(shown(text));
}

std::string time_of(std::int64_t seconds) {
  const auto text = ownership::format_time({seconds, 0});
  return {text.data(), text.size()};
}

json_library::object object_of(const Sight& sight, std::int64_t now) {
  json_library::object object;
  object["path"] = shown(sight.path);
  object["kind"] = sight.kind == ownership::Item::Kind::socket ? "socket" : "pid_file";
  object["state"] = name_of(state_of(sight));
  object["owner"] = text_or_null(owner_of(sight));
  object["pid"] = sight.web == 0 ? json_library::value(nullptr) : json_library::value(sight.web);
  object["command"] = text_or_null(sight.command);
  object["container"] = text_or_null(sight.container);
  object["engine"] = text_or_null(sight.engine);
  object["generation"] = object["since"] = object["uptime_seconds"] = object["restarts"] = object["reaped"] = nullptr;
  object["waiting"] = object["backlog"] = object["event"] = nullptr;
  object["reason"] = text_or_null(sight.reason);
  if (sight.told) {
    const auto& told = *sight.told;
    object["generation"] = told.generation;
    if (told.since != 0) object["since"] = time_of(told.since);
    if (told.started != 0) object["uptime_seconds"] = std::max<std::int64_t>(now - told.started, 0);
    object["restarts"] = told.restarts;
    object["reaped"] = told.reaped;
    object["event"] = text_or_null(told.event);
  }
  if (sight.queue) {
    object["waiting"] = sight.queue->waiting;
    object["backlog"] = sight.queue->backlog;
  }
  return object;
}

}  // namespace

std::string json(std::span<const Sight> sights, std::int64_t now) {
  json_library::array places;
  for (const auto& sight : sights) places.push_back(object_of(sight, now));
  json_library::object document;
  document["version"] = 1;
  document["time"] = time_of(now);
  document["places"] = std::move(places);
  return json_library::serialize(document) + "\n";
}

}  // namespace status
