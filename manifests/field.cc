#include "manifests/field.h"

#include <algorithm>
#include <charconv>

#include "manifests/duration.h"
#include "manifests/near_miss.h"
#include "manifests/signal_names.h"
#include "manifests/structure.h"

namespace manifests {
namespace {

using Kind = Node::Kind;

bool is_truth(std::string_view text) {
  constexpr std::array<std::string_view, 6> words{"true", "True", "TRUE", "false", "False", "FALSE"};
  return std::find(words.begin(), words.end(), text) != words.end();
}

bool is_scalar(const Node& node) { return node.kind == Kind::plain || node.kind == Kind::quoted; }

std::string_view kind_of(const Node& node) {
  switch (node.kind) {
    case Kind::nothing:
      return "nothing";
    case Kind::list:
      return "a list";
    case Kind::map:
      return "a map";
    case Kind::quoted:
      return "text";
    case Kind::plain:
      return is_truth(node.text) ? "a truth value" : "text";
  }
  return {};
}

/// An alias has been complained of, and what it would stand for is not known.
void refuse_kind(const Field& field, std::string_view expected) {
  if (field.node->oddities.is_alias) return;
  field.refuse("expected " + std::string(expected) + ", got " + std::string(kind_of(*field.node)));
}

std::string list_of(Keys words) {
  std::string list;
  for (const auto word : words) list.append(list.empty() ? "" : ", ").append(word);
  return list;
}

}  // namespace

std::string unknown(std::string_view what, std::string_view given, Keys known) {
  std::string text(what);
  const auto meant = near_miss(given, known);
  if (!meant.empty()) text.append("; did you mean '").append(meant).append("'?");
  return text + " (" + list_of(known) + ")";
}

std::optional<std::string> read_text(const Field& field) {
  const auto& node = *field.node;
  if (!is_scalar(node)) return refuse_kind(field, "text"), std::nullopt;
  if (node.kind == Kind::plain && is_truth(node.text)) {
    field.refuse("expected text, got a truth value; put it in quotes: \"" + node.text + "\"");
    return std::nullopt;
  }
  if (node.text.find('\0') != std::string::npos) return field.refuse("holds a NUL character"), std::nullopt;
  return node.text;
}

std::optional<std::string> read_filled_text(const Field& field) {
  auto text = read_text(field);
  if (text && text->empty()) return field.refuse("is empty"), std::nullopt;
  return text;
}

std::optional<std::int64_t> read_whole_number(const Field& field, std::int64_t least, std::int64_t most) {
  const auto expected = "a whole number from " + std::to_string(least) + " to " + std::to_string(most);
  const auto& node = *field.node;
  if (!is_scalar(node)) return refuse_kind(field, expected), std::nullopt;
  std::int64_t number = 0;
  const auto end = node.text.data() + node.text.size();
  const auto [stopped, error] = std::from_chars(node.text.data(), end, number);
  const bool is_number = error == std::errc{} && stopped == end;
  // To some versions of YAML a number that begins with 0 is octal, to others not.
  const bool is_clear = node.text.size() == 1 || !node.text.starts_with('0');
  if (is_number && is_clear && number >= least && number <= most) {
    if (node.kind == Kind::plain) return number;
    field.refuse("expected " + expected + ", got text; leave out the quotes");
    return std::nullopt;
  }
  field.refuse("expected " + expected + ", got " + quote(node.text));
  return std::nullopt;
}

std::optional<bool> read_truth(const Field& field) {
  const auto& node = *field.node;
  if (node.kind == Kind::plain && is_truth(node.text)) return (node.text[0] | 0x20) == 't';
  if (!is_scalar(node)) return refuse_kind(field, "true or false"), std::nullopt;
  field.refuse("expected true or false, got " + quote(node.text));
  return std::nullopt;
}

std::optional<std::chrono::milliseconds> read_duration(const Field& field) {
  const auto text = read_text(field);
  if (!text) return std::nullopt;
  const auto duration = to_duration(*text);
  if (duration) return *duration;
  field.refuse(quote(*text) + ": " + duration.error());
  return std::nullopt;
}

std::optional<std::chrono::milliseconds> read_some_duration(const Field& field) {
  const auto duration = read_duration(field);
  if (duration && duration->count() == 0) return field.refuse("must be longer than 0"), std::nullopt;
  return duration;
}

std::optional<int> read_signal(const Field& field) {
  const auto text = read_text(field);
  if (!text) return std::nullopt;
  if (const auto number = signal_number(*text)) return number;
  constexpr std::array<std::string_view, 10> usual{"TERM", "INT",  "QUIT", "HUP",   "USR1",
                                                   "USR2", "KILL", "ABRT", "WINCH", "CONT"};
  std::string_view given = *text;
  if (given.starts_with("SIG") || given.starts_with("sig")) given.remove_prefix(3);
  const auto meant = near_miss(given, usual);
  field.refuse("unknown signal " + quote(*text) +
               (meant.empty() ? "" : "; did you mean '" + std::string(meant) + "'?") +
               " (a name such as TERM, QUIT or RTMIN+1, or a number from 1 to 64)");
  return std::nullopt;
}

std::vector<Field> read_list(const Field& field) {
  std::vector<Field> items;
  if (field.node->kind != Kind::list) return refuse_kind(field, "a list"), items;
  for (const auto& child : field.node->children)
    items.push_back({&child, join_index(field.path, items.size()), field.complaints});
  return items;
}

bool expect_map(const Field& field) {
  if (field.node->kind == Kind::map) return true;
  refuse_kind(field, "a map");
  return false;
}

std::vector<Field> read_free_map(const Field& field) {
  std::vector<Field> values;
  if (!expect_map(field)) return values;
  for (const auto& child : field.node->children)
    values.push_back({&child, join_key(field.path, child.key), field.complaints});
  return values;
}

Table::Table(Field field, Keys known) : field_(std::move(field)) {
  if (!expect_map(field_)) return;
  for (const auto& child : field_.node->children) {
    const bool is_known = std::find(known.begin(), known.end(), child.key) != known.end();
    if (is_known || child.key == "<<") continue;
    field_.complaints->add(child.mark, join_key(field_.path, child.key), unknown("unknown key", child.key, known));
  }
}

std::optional<Field> Table::find(std::string_view key) const {
  if (!is_map()) return std::nullopt;
  for (const auto& child : field_.node->children)
    if (child.key == key) return Field{&child, join_key(field_.path, key), field_.complaints};
  return std::nullopt;
}

std::optional<Field> Table::require(std::string_view key, std::string_view advice) const {
  auto found = find(key);
  if (!found && is_map()) field_.complaints->add(field_.node->mark, join_key(field_.path, key), std::string(advice));
  return found;
}

}  // namespace manifests
