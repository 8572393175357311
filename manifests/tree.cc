#include "manifests/tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <exception>
#include <new>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "manifests/limits.h"

namespace manifests {
namespace {

/// Stands behind the text, as a comment: yaml-cpp takes a line end before the end of the text for a closing quote.
constexpr std::string_view end_of_text = "\n#";

struct Refusal {
  Mark mark;
  std::string text;
};

Mark to_mark(const YAML::Mark& mark) {
  const auto from_zero = [](int number) { return number < 0 ? std::size_t{0} : static_cast<std::size_t>(number); };
  return {from_zero(mark.line), from_zero(mark.column)};
}

Node make_node(Node::Kind kind, const YAML::Mark& mark, Oddities oddities) {
  Node node;
  node.kind = kind;
  node.mark = to_mark(mark);
  node.oddities = oddities;
  return node;
}

/// "?" stands for no tag, and "!" for that of a quoted or block scalar.
Oddities oddities_of(YAML::anchor_t anchor, const std::string& tag) {
  return {.is_alias = false, .has_anchor = anchor != 0, .has_tag = !tag.empty() && tag != "?" && tag != "!"};
}

/// Builds the tree while yaml-cpp reads, and throws Refusal at the first node that is too many or too deep.
class Builder final : public YAML::EventHandler {
 public:
  std::optional<Node> take() { return std::move(root_); }
  const std::optional<Mark>& odd_key() const { return odd_key_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (root_) throw Refusal{to_mark(mark), "a second document; a manifest is one"};
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(make_node(Node::Kind::nothing, mark, oddities_of(anchor, {})), "a key is missing");
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    constexpr Oddities alias{.is_alias = true, .has_anchor = false, .has_tag = false};
    add(make_node(Node::Kind::nothing, mark, alias), "an alias cannot be a key");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    auto node = make_node(tag == "!" ? Node::Kind::quoted : Node::Kind::plain, mark, oddities_of(anchor, tag));
    node.text = value;
    if (awaits_key())
      take_key(std::move(node));
    else
      add(std::move(node), {});
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(make_node(Node::Kind::list, mark, oddities_of(anchor, tag)));
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(make_node(Node::Kind::map, mark, oddities_of(anchor, tag)));
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    Node node;
    bool is_key = false;
  };

  bool awaits_key() const { return !open_.empty() && open_.back().node.kind == Node::Kind::map && !awaits_value_; }

  void count(Mark mark) {
    if (++nodes_ > max_nodes) throw Refusal{mark, "more than 10000 keys and values"};
  }

  void take_key(Node node) {
    count(node.mark);
    pending_ = std::move(node);
    awaits_value_ = true;
  }

  void label(Node& node) {
    if (!awaits_value_) return;
    node.key = std::move(pending_.text);
    node.mark = pending_.mark;
    node.oddities.has_anchor |= pending_.oddities.has_anchor;
    node.oddities.has_tag |= pending_.oddities.has_tag;
    awaits_value_ = false;
  }

  void add(Node node, std::string_view why_no_key) {
    if (awaits_key()) throw Refusal{node.mark, std::string(why_no_key)};
    count(node.mark);
    label(node);
    place(std::move(node));
  }

  /// A list or map as a key is refused only at the end: an unclosed one looks like that first.
  void open(Node node) {
    const bool is_key = awaits_key();
    if (is_key && !odd_key_) odd_key_ = node.mark;
    if (open_.size() == max_depth) throw Refusal{node.mark, "more than 16 levels"};
    count(node.mark);
    label(node);
    open_.push_back({std::move(node), is_key});
  }

  void close() {
    auto closed = std::move(open_.back());
    open_.pop_back();
    if (closed.is_key)
      take_key(std::move(closed.node));
    else
      place(std::move(closed.node));
  }

  void place(Node node) {
    if (open_.empty())
      root_ = std::move(node);
    else
      open_.back().node.children.push_back(std::move(node));
  }

  std::optional<Node> root_;
  std::vector<Open> open_;
  Node pending_;  ///< the key that was read and awaits its value
  bool awaits_value_ = false;
  std::size_t nodes_ = 0;
  std::optional<Mark> odd_key_;
};

bool is_indented_by_tab(std::string_view text, std::size_t line) {
  for (; line > 0; --line) text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  const auto indent = text.substr(0, text.find_first_not_of(" \t-"));
  return indent.find('\t') != indent.npos;
}

Refusal to_refusal(const YAML::Exception& problem, std::string_view text) {
  const auto mark = to_mark(problem.mark);
  if (is_indented_by_tab(text, mark.line)) return {mark, "a tab cannot indent; use spaces"};
  if (problem.msg == YAML::ErrorMsg::EOF_IN_SCALAR) return {mark, "not valid YAML: a quote is not closed"};
  return {mark, "not valid YAML: " + problem.msg};
}

}  // namespace

std::optional<Node> read_tree(std::string_view text, Complaints& complaints) {
  Builder builder;
  Refusal refusal;
  try {
    std::istringstream input(std::string(text).append(end_of_text));
    YAML::Parser parser(input);
    while (parser.HandleNextDocument(builder)) {
    }
    if (!builder.odd_key()) return builder.take();
    refusal = {*builder.odd_key(), "a list or map cannot be a key"};
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const Refusal& thrown) {
    refusal = thrown;
  } catch (const YAML::Exception& problem) {
    refusal = to_refusal(problem, text);
  } catch (const std::exception& problem) {
    refusal = {{}, std::string("not valid YAML: ") + problem.what()};
  }
  complaints.add(refusal.mark, "", std::move(refusal.text));
  return std::nullopt;
}

}  // namespace manifests
