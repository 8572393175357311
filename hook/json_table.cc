#include "hook/json_table.h"

namespace hook {
namespace {

namespace json = boost::json;
using ownership::Error;
using ownership::ExitCode;

Error not_understood(std::string_view name, std::string why) {
  return {ExitCode::bad_input, "cannot understand", std::string(name), std::move(why), ""};
}

}  // namespace

ownership::Result<json::value> parse_json(std::string_view text, std::string_view name, JsonLimits limits) {
  if (text.size() > limits.size)
    return std::unexpected(not_understood(name, "larger than " + std::to_string(limits.size >> 10) + " KiB"));
  json::parse_options options;
  options.max_depth = limits.depth;
  json::error_code failure;
  auto value = json::parse({text.data(), text.size()}, failure, {}, options);
  if (failure) return std::unexpected(not_understood(name, "not JSON: " + failure.message()));
  return value;
}

JsonTable::JsonTable(const json::value& value, std::string place, std::string& flaw)
    : object_(value.if_object()), place_(std::move(place)), flaw_(flaw) {
  if (object_ == nullptr && !value.is_null()) blame("", "not an object");
}

const json::value* JsonTable::find(const char* key) const noexcept {
  if (object_ == nullptr || !flaw_.empty()) return nullptr;
  const auto* const value = object_->if_contains(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

const json::array* JsonTable::find_list(const char* key) {
  const auto* const value = find(key);
  if (value != nullptr && !value->is_array()) blame(key, "not a list");
  return value == nullptr ? nullptr : value->if_array();
}

std::string JsonTable::place_of(std::string_view key) const {
  std::string place = place_;
  if (!place.empty() && !key.empty()) place += '.';
  return place.append(key);
}

void JsonTable::blame(std::string_view key, std::string_view why) {
  if (!flaw_.empty()) return;
  const auto place = place_of(key);
  flaw_ = place + (place.empty() ? "" : ": ") + std::string(why);
}

bool JsonTable::read_text(const json::value& value, std::string_view key, std::string& text) {
  const auto* const found = value.if_string();
  if (found == nullptr) return blame(key, "not a text"), false;
  if (found->find('\0') != json::string::npos) return blame(key, "holds a NUL"), false;
  text.assign(found->data(), found->size());
  return true;
}

void JsonTable::get(const char* key, std::string& text) {
  if (const auto* const value = find(key)) read_text(*value, key, text);
}

void JsonTable::get(const char* key, bool& truth) {
  const auto* const value = find(key);
  if (value == nullptr) return;
  if (!value->is_bool()) return blame(key, "neither true nor false");
  truth = value->get_bool();
}

void JsonTable::get(const char* key, std::vector<std::string>& texts) {
  const auto* const list = find_list(key);
  if (list == nullptr) return;
  texts.resize(list->size());
  for (std::size_t i = 0; i < list->size(); ++i)
    if (!read_text((*list)[i], std::string(key) + "[" + std::to_string(i) + "]", texts[i])) return;
}

void JsonTable::get(const char* key, std::map<std::string, std::string>& texts) {
  const auto* const value = find(key);
  if (value == nullptr) return;
  if (!value->is_object()) return blame(key, "not an object");
  for (const auto& [name, text] : value->get_object()) {
    const std::string own_name(name.data(), name.size());
    if (!read_text(text, key + ("." + own_name), texts[own_name])) return;
  }
}

void JsonTable::get(const char* key, std::int64_t& number, std::int64_t least, std::int64_t most) {
  const auto* const value = find(key);
  if (value == nullptr) return;
  json::error_code failure;
  const auto read = value->to_number<std::int64_t>(failure);
  if (failure || value->is_double() || read < least || read > most)
    return blame(key, "not a number from " + std::to_string(least) + " to " + std::to_string(most));
  number = read;
}

void JsonTable::require(const char* key, bool is_there) {
  if (!is_there) blame(key, "missing");
}

JsonTable JsonTable::table(const char* key) {
  static const json::value nothing;
  const auto* const value = find(key);
  return {value == nullptr ? nothing : *value, place_of(key), flaw_};
}

}  // namespace hook
