#include "manifests/structure.h"

#include <unordered_map>

namespace manifests {
namespace {

void check_oddities(const Node& node, const std::string& path, Complaints& complaints) {
  if (node.oddities.is_alias) complaints.add(node.mark, path, "aliases (*name) are not allowed; write the value out");
  if (node.oddities.has_anchor) complaints.add(node.mark, path, "anchors (&name) are not allowed; write the value out");
  if (node.oddities.has_tag) complaints.add(node.mark, path, "tags (!name) are not allowed");
}

void check_node(const Node& node, const std::string& path, Complaints& complaints) {
  check_oddities(node, path, complaints);
  std::unordered_map<std::string_view, std::size_t> first_lines;
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    const auto& child = node.children[i];
    if (node.kind == Node::Kind::list) {
      check_node(child, join_index(path, i), complaints);
      continue;
    }
    const auto child_path = join_key(path, child.key);
    const auto [first, is_new] = first_lines.try_emplace(child.key, child.mark.line + 1);
    if (child.key == "<<")
      complaints.add(child.mark, child_path, "merge keys are not allowed; write the values out");
    else if (!is_new)
      complaints.add(child.mark, child_path, "given twice; the first is on line " + std::to_string(first->second));
    check_node(child, child_path, complaints);
  }
}

}  // namespace

void check_structure(const Node& root, Complaints& complaints) { check_node(root, "", complaints); }

std::string join_key(std::string_view path, std::string_view key) {
  auto shown = quote(key);
  shown = shown.substr(1, shown.size() - 2);
  return path.empty() ? shown : std::string(path) + "." + shown;
}

std::string join_index(std::string_view path, std::size_t index) {
  return std::string(path) + "[" + std::to_string(index) + "]";
}

}  // namespace manifests
