#pragma once

#include <string>
#include <vector>

namespace bench {

/// What happened to the requests of one contender around its redeploys, per interval.
struct Course {
  std::string name;
  std::vector<double> served, failed;  ///< requests per interval, mean over all redeploys
};

/// An SVG: a row for each course, its bars over time; `before` intervals lie before the redeploy begins, each of
/// `milliseconds`.
std::string plot(const std::vector<Course>& courses, std::size_t before, int milliseconds);

}  // namespace bench
