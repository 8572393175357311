#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ownership/error.h"

/// For the files that read OCI JSON, and no others.
namespace hook {

struct JsonLimits {
  std::size_t size;   ///< bytes
  std::size_t depth;  ///< levels of lists and objects
};

/// One value made of `text`; bad_input with "cannot understand <name>: why". Throws std::bad_alloc alone.
ownership::Result<boost::json::value> parse_json(std::string_view text, std::string_view name, JsonLimits limits);

/// One JSON object whose members are read by name. What is absent or null keeps its default; the first thing that is
/// wrong is kept in `flaw`, with its place ("mounts[3].source: not a text"), and nothing is read after it.
class JsonTable {
 public:
  /// `flaw` is shared by all tables of a document and outlives them.
  JsonTable(const boost::json::value& value, std::string place, std::string& flaw);

  void get(const char* key, std::string& text);
  void get(const char* key, bool& truth);
  void get(const char* key, std::vector<std::string>& texts);
  void get(const char* key, std::map<std::string, std::string>& texts);
  /// A whole number from `least` to `most`.
  void get(const char* key, std::int64_t& number, std::int64_t least, std::int64_t most);
  /// Says that `key` is missing, unless it has a text or number already.
  void require(const char* key, bool is_there);

  bool has(const char* key) const noexcept { return find(key) != nullptr; }
  /// The object at `key`; an empty one where there is none.
  JsonTable table(const char* key);
  /// Calls visit(JsonTable) for each object of the list at `key`.
  template <typename Visit>
  void each(const char* key, Visit visit) {
    const auto* const list = find_list(key);
    if (list == nullptr) return;
    for (std::size_t i = 0; i < list->size() && flaw_.empty(); ++i)
      visit(JsonTable((*list)[i], place_of(key) + "[" + std::to_string(i) + "]", flaw_));
  }

 private:
  const boost::json::value* find(const char* key) const noexcept;
  const boost::json::array* find_list(const char* key);
  std::string place_of(std::string_view key) const;
  void blame(std::string_view key, std::string_view why);
  bool read_text(const boost::json::value& value, std::string_view key, std::string& text);

  const boost::json::object* object_ = nullptr;
  std::string place_;
  std::string& flaw_;
};

}  // namespace hook
