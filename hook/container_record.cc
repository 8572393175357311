#include "hook/container_record.h"

#include <sys/stat.h>

#include <algorithm>
#include <boost/json.hpp>
#include <limits>

#include "hook/json_table.h"
#include "ownership/process.h"
#include "ownership/residence.h"

namespace hook {
namespace {

namespace json = boost::json;
using ownership::Item;

constexpr JsonLimits limits{longest_record, 8};
constexpr auto most = std::numeric_limits<std::int64_t>::max();

json::object object_of(const RecordedPlace& place) {
  json::object object;
  object["kind"] = place.kind == Item::Kind::socket ? "socket" : "pid_file";
  object["path"] = place.path;
  object["directory"] = place.directory;
  object["name"] = place.name;
  object["device"] = place.device;
  object["inode"] = place.inode;
  object["part_device"] = place.part.device;
  object["part_root"] = place.part.root;
  return object;
}

std::uint64_t number_of(JsonTable& table, const char* key) {
  std::int64_t number = 0;
  table.get(key, number, 0, most);
  return static_cast<std::uint64_t>(number);
}

RecordedPlace place_of(JsonTable& table) {
  RecordedPlace place;
  std::string kind;
  table.get("kind", kind);
  place.kind = kind == "pid_file" ? Item::Kind::pid_file : Item::Kind::socket;
  table.get("path", place.path);
  table.get("directory", place.directory);
  table.get("name", place.name);
  place.device = number_of(table, "device");
  place.inode = number_of(table, "inode");
  table.get("part_device", place.part.device);
  table.get("part_root", place.part.root);
  table.require("name", !place.name.empty());
  return place;
}

std::uint64_t pid_namespace_of(const std::string& process) {
  struct stat status {};
  return stat(("/proc/" + process + "/ns/pid").c_str(), &status) == 0 ? status.st_ino : 0;
}

bool lives(const ContainerRecord& record) {
  const auto status = ownership::read_process_status(record.pid);
  return status && !status->is_dead() && status->started == record.started;
}

bool is_below(std::string_view group, std::string_view above) {
  return group.starts_with(above) && (group.size() == above.size() || group[above.size()] == '/');
}

}  // namespace

std::string format_record(const ContainerRecord& record) {
  json::object object;
  object["id"] = record.id;
  object["owners"] = json::array(record.owners.begin(), record.owners.end());
  object["pid"] = record.pid;
  object["started"] = record.started;
  object["pid_namespace"] = record.pid_namespace;
  object["cgroup"] = record.cgroup;
  json::array places;
  for (const auto& place : record.places) places.push_back(object_of(place));
  object["places"] = std::move(places);
  return json::serialize(object) + "\n";
}

std::optional<ContainerRecord> parse_record(std::string_view text) {
  const auto value = parse_json(text, "a record", limits);
  if (!value || !value->is_object()) return {};
  std::string flaw;
  JsonTable table(*value, "", flaw);
  ContainerRecord record;
  table.get("id", record.id);
  table.get("owners", record.owners);
  std::int64_t pid = 0;
  table.get("pid", pid, 1, std::numeric_limits<pid_t>::max());
  record.pid = static_cast<pid_t>(pid);
  record.started = number_of(table, "started");
  record.pid_namespace = number_of(table, "pid_namespace");
  table.get("cgroup", record.cgroup);
  table.each("places", [&](JsonTable entry) { record.places.push_back(place_of(entry)); });
  table.require("id", !record.id.empty());
  table.require("pid", record.pid > 0);
  if (!flaw.empty()) return {};
  return record;
}

ContainerRecord record_of(const std::string& id, pid_t pid) {
  ContainerRecord record;
  record.id = id;
  record.pid = pid;
  if (const auto status = ownership::read_process_status(pid)) record.started = status->started;
  record.pid_namespace = pid_namespace_of(std::to_string(pid));
  if (record.pid_namespace == pid_namespace_of("self")) record.pid_namespace = 0;
  record.cgroup = ownership::residence_of(pid).cgroup;
  if (record.cgroup.size() <= 1 || record.cgroup == ownership::residence_of(getpid()).cgroup) record.cgroup.clear();
  return record;
}

bool is_inside(const ownership::Holder& holder, const ContainerRecord& record) {
  const bool is_in_namespace =
      record.pid_namespace != 0 && pid_namespace_of(std::to_string(holder.pid)) == record.pid_namespace;
  const bool is_in_group = !record.cgroup.empty() && is_below(holder.residence.cgroup, record.cgroup);
  return (is_in_namespace || is_in_group) && lives(record);
}

}  // namespace hook
