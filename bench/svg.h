#pragma once

#include <string>
#include <vector>

namespace bench {

struct Curve {
  std::string name;
  std::vector<double> values;  ///< one for each place on the x axis
};

/// One diagram: curves over counts, both axes logarithmic.
struct Diagram {
  std::string title, x_title;
  std::vector<int> counts;
  std::vector<Curve> curves;
};

/// Pure. The diagrams below each other, as an SVG that needs no font, style sheet or script of its own.
std::string svg_of(const std::vector<Diagram>& diagrams);

}  // namespace bench
