#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "manifests/complaint.h"
#include "manifests/node.h"
#include "manifests/words.h"

/// Reads values of the expected type out of a tree. Each reader complains of what is wrong and then returns nothing.
namespace manifests {

/// One value of the document, with the key path that messages name.
struct Field {
  const Node* node;
  std::string path;
  Complaints* complaints;

  void refuse(std::string text) const { complaints->add(node->mark, path, std::move(text)); }
};

/// Text; an unquoted number is taken as it is written, true, false and null are not.
std::optional<std::string> read_text(const Field& field);
/// Text of at least one character.
std::optional<std::string> read_filled_text(const Field& field);
std::optional<std::int64_t> read_whole_number(const Field& field, std::int64_t least, std::int64_t most);
std::optional<bool> read_truth(const Field& field);
std::optional<std::chrono::milliseconds> read_duration(const Field& field);
/// A duration that is not 0.
std::optional<std::chrono::milliseconds> read_some_duration(const Field& field);
/// TERM, SIGTERM, RTMIN+1 or 15.
std::optional<int> read_signal(const Field& field);
/// The items of a list.
std::vector<Field> read_list(const Field& field);

/// "unknown value 'adpot'; did you mean 'adopt'? (bind, inherit, adopt)". Pure.
std::string unknown(std::string_view what, std::string_view given, Keys known);

template <typename E, std::size_t N>
std::optional<E> read_word(const Field& field, const std::array<Word<E>, N>& words) {
  const auto text = read_text(field);
  if (!text) return std::nullopt;
  for (const auto& word : words)
    if (word.text == *text) return word.value;
  field.refuse(unknown("unknown value " + quote(*text), *text, texts_of(words)));
  return std::nullopt;
}

/// A map with keys out of `known`; others are complained of.
class Table {
 public:
  Table(Field field, Keys known);

  bool is_map() const noexcept { return field_.node->kind == Node::Kind::map; }
  std::optional<Field> find(std::string_view key) const;
  /// Complains when `key` is missing.
  std::optional<Field> require(std::string_view key, std::string_view advice) const;
  const Field& field() const noexcept { return field_; }

  /// Where `key` is given and right, `target` becomes what `reader` makes of it.
  template <typename Reader, typename T>
  void read(std::string_view key, Reader reader, T& target) const {
    const auto found = find(key);
    if (!found) return;
    if (auto value = reader(*found)) target = *std::move(value);
  }

 private:
  Field field_;
};

/// Complains when `field` is no map.
bool expect_map(const Field& field);
/// A map whose keys are free.
std::vector<Field> read_free_map(const Field& field);

}  // namespace manifests
