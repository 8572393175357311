#include "ownership/owner_record.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json/src.hpp>
#include <cerrno>
#include <exception>
#include <utility>

#include "ownership/fd.h"
#include "ownership/write_whole.h"

namespace ownership {
namespace {

namespace json = boost::json;

constexpr std::size_t longest_record = 64 * 1024;
constexpr std::size_t longest_text = 256;
constexpr std::size_t most_superseded = 32;
constexpr const char* kind_of_record = "cannot write the owner file of";

/// Members of one object; what is missing keeps its default, what has a wrong type or length spoils the whole.
class Members {
 public:
  explicit Members(const json::object& object) noexcept : object_(object) {}
  bool are_right() const noexcept { return are_right_; }
  bool has(const char* key) const noexcept { return object_.contains(key); }

  void get(const char* key, std::string& text) {
    if (const auto* value = find(key)) get_text(*value, text);
  }
  void get(const char* key, bool& flag) {
    if (const auto* value = find(key)) spoil_unless(value->is_bool()), flag = value->is_bool() && value->get_bool();
  }
  template <typename Number>
  void get(const char* key, Number& number) {
    const auto* const value = find(key);
    if (value == nullptr) return;
    json::error_code failure;
    const auto read = value->to_number<Number>(failure);
    spoil_unless(!value->is_double() && !failure);
    if (are_right_) number = read;
  }
  void get(const char* key, std::vector<std::string>& texts) {
    const auto* const value = find(key);
    if (value == nullptr) return;
    spoil_unless(value->is_array());
    if (!are_right_) return;
    const auto& array = value->get_array();
    const auto count = std::min(array.size(), most_superseded);
    texts.resize(count);
    for (std::size_t i = 0; i < count; ++i) get_text(array[array.size() - count + i], texts[i]);
  }

 private:
  const json::value* find(const char* key) const noexcept { return are_right_ ? object_.if_contains(key) : nullptr; }
  void spoil_unless(bool is_right) noexcept { are_right_ = are_right_ && is_right; }
  void get_text(const json::value& value, std::string& text) {
    spoil_unless(value.is_string() && value.get_string().size() <= longest_text);
    if (are_right_) text.assign(value.get_string().data(), value.get_string().size());
  }

  const json::object& object_;
  bool are_right_ = true;
};

std::optional<OwnerRecord> record_from(const json::object& object) {
  OwnerRecord record;
  Members members(object);
  members.get("owner", record.owner);
  members.get("generation", record.generation);
  members.get("container", record.container);
  members.get("pid", record.pid);
  members.get("is_pid_one_container", record.is_pid_one_container);
  members.get("boot_id", record.boot_id);
  members.get("started", record.started);
  members.get("started_unix", record.started_unix);
  members.get("socket_dev", record.socket_dev);
  members.get("socket_ino", record.socket_ino);
  members.get("superseded", record.superseded);
  if (!members.are_right() || record.owner.empty() || !members.has("container") || !members.has("pid") ||
      record.pid < 0)
    return {};
  return record;
}

/// Whole, or nothing.
std::optional<std::string> read_whole(int file) {
  std::string text;
  std::array<char, 1024> room;
  while (text.size() <= longest_record) {
    const auto size = read(file, room.data(), room.size());
    if (size == 0) return text;
    if (size > 0)
      text.append(room.data(), static_cast<std::size_t>(size));
    else if (errno != EINTR)
      return {};
  }
  return {};
}

}  // namespace

std::string age_of(std::int64_t seconds) {
  seconds = std::max<std::int64_t>(seconds, 0);
  if (seconds < 120) return std::to_string(seconds) + "s";
  if (seconds < 2 * 3600) return std::to_string(seconds / 60) + "m";
  if (seconds < 2 * 86400) return std::to_string(seconds / 3600) + "h";
  return std::to_string(seconds / 86400) + "d";
}

std::string short_container(const std::string& id) {
  const bool is_engine_id = id.size() == 64 && id.find_first_not_of("0123456789abcdef") == std::string::npos;
  return id.substr(0, is_engine_id ? 12 : 64);
}

std::optional<OwnerRecord> parse_owner_record(std::string_view text) {
  if (text.empty() || text.size() > longest_record) return {};
  try {
    json::parse_options options;
    options.max_depth = 4;
    json::error_code failure;
    const auto value = json::parse({text.data(), text.size()}, failure, {}, options);
    return failure || !value.is_object() ? std::nullopt : record_from(value.get_object());
  } catch (const std::exception&) {
    return {};
  }
}

std::string format_owner_record(const OwnerRecord& record) {
  json::object object;
  object["owner"] = record.owner;
  object["generation"] = record.generation;
  object["container"] = record.container;
  object["pid"] = record.pid;
  object["is_pid_one_container"] = record.is_pid_one_container;
  object["boot_id"] = record.boot_id;
  object["started"] = record.started;
  object["started_unix"] = record.started_unix;
  object["socket_dev"] = record.socket_dev;
  object["socket_ino"] = record.socket_ino;
  const auto count = std::min(record.superseded.size(), most_superseded);
  object["superseded"] =
      json::array(record.superseded.end() - static_cast<std::ptrdiff_t>(count), record.superseded.end());
  return json::serialize(object) + "\n";
}

std::optional<OwnerRecord> read_owner_record(int records, const std::string& name) {
  const Fd file(openat(records, (name + ".owner").c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  struct stat status {};
  if (!file || fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  const auto text = read_whole(file.get());
  return text ? parse_owner_record(*text) : std::nullopt;
}

Result<void> write_owner_record(int records, const std::string& name, const OwnerRecord& record) {
  const auto fresh = name + ".owner.new", final = name + ".owner";
  unlinkat(records, fresh.c_str(), 0);
  const Fd file(openat(records, fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return std::unexpected(system_error(kind_of_record, name, errno));
  struct stat directory {};
  const bool gives_away = geteuid() == 0 && fstat(records, &directory) == 0 && directory.st_uid != 0;
  std::string text;
  try {
    text = format_owner_record(record);
  } catch (const std::exception& failure) {
    return std::unexpected(Error{ExitCode::our_bug, kind_of_record, name, failure.what(), ""});
  }
  if (write_whole(file.get(), text) &&
      (!gives_away || fchown(file.get(), directory.st_uid, directory.st_gid) == 0 || errno == EPERM) &&
      renameat(records, fresh.c_str(), records, final.c_str()) == 0)
    return {};
  auto error = system_error(kind_of_record, name, errno);
  unlinkat(records, fresh.c_str(), 0);
  return std::unexpected(std::move(error));
}

std::string describe(const OwnerRecord& record, std::int64_t now_unix) {
  std::string text = record.owner.substr(0, 64) + " pid=" + std::to_string(record.pid);
  if (!record.container.empty()) text += " container=" + short_container(record.container);
  if (record.started_unix > 0) text += " since=" + age_of(now_unix - record.started_unix);
  return text;
}

}  // namespace ownership
