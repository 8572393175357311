#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace bench {

/// What was measured of one contestant, one number a turn.
using Samples = std::vector<double>;

/// The value below which `share` of the samples lie. Of no samples: 0.
double quantile(Samples samples, double share);
inline double median(const Samples& samples) { return quantile(samples, 0.5); }
/// The median of what each turn's sample is to the other's of the same turn.
double ratio(const Samples& samples, const Samples& to);

/// With that many digits after the point.
std::string number(double value, int digits = 0);

/// What was asked for, and whether it was reached.
struct Target {
  std::string claim;  ///< "without a manifest at most 1.05 × tini-static"
  double reached;
  double limit;
  int digits = 2;
  std::string unit = {};

  /// As it is written: what rounds to the limit is no miss.
  bool is_reached() const { return number(reached, digits) == number(limit, digits) || reached < limit; }
};

struct Table {
  std::string name;  ///< its mark in the page
  std::vector<std::string> head;
  std::vector<std::vector<std::string>> rows;
  std::vector<Target> targets;

  /// In Markdown, the targets below it.
  std::string text() const;
};

/// Writes each table between its marks, `<!-- make bench: NAME -->` and `<!-- end -->`, and the machine, where it is told,
/// between its own.
void write_into(const std::string& page, const std::vector<Table>& tables, const std::string& machine);
void write_into(const std::string& page, const std::vector<Table>& tables);

}  // namespace bench
