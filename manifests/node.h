#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace manifests {

/// A place in the document; bytes, from 0.
struct Mark {
  std::size_t line = 0, column = 0;
};

/// What YAML can say and a manifest may not; each is reported once, where it stands.
struct Oddities {
  bool is_alias = false, has_anchor = false, has_tag = false;
};

/// One value of the document. Trees of these have at most max_depth levels and max_nodes nodes, and no cycles.
struct Node {
  enum class Kind { nothing, plain, quoted, list, map };

  Kind kind = Kind::nothing;
  Mark mark;                   ///< where messages point: a value in a map stands where its key stands
  std::string text;            ///< of a scalar
  std::string key;             ///< of a value in a map
  Oddities oddities;           ///< its key's included
  std::vector<Node> children;  ///< of a list or map, in the order of the document
};

}  // namespace manifests
