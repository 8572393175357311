#include "bench/plot.h"

#include <algorithm>
#include <cstdio>

#include "bench/table.h"

namespace bench {
namespace {

constexpr double width = 720, left = 10, row = 84, bars = 56, head = 46;

void add_text(std::string& svg, double x, double y, const std::string& attributes, const std::string& text) {
  svg += "<text x=\"" + number(x, 1) + "\" y=\"" + number(y, 1) + "\"" + attributes + ">" + text + "</text>\n";
}

void add_bar(std::string& svg, const char* of, double x, double bottom, double bar, double height) {
  if (height < 0.05) return;
  svg += std::string("<rect class=\"") + of + "\" x=\"" + number(x, 2) + "\" y=\"" + number(bottom - height, 2) + "\" width=\"" +
         number(bar, 2) + "\" height=\"" + number(height, 2) + "\"/>\n";
}

void add_course(std::string& svg, const Course& course, double top, std::size_t before) {
  const auto intervals = course.served.size();
  const double bar = width / static_cast<double>(intervals), bottom = top + bars;
  double most = 1;
  for (std::size_t i = 0; i < intervals; ++i) most = std::max(most, course.served[i] + course.failed[i]);
  add_text(svg, left, top - 5, " class=\"name\"", course.name);
  for (std::size_t i = 0; i < intervals; ++i) {
    const double x = left + bar * static_cast<double>(i), served = bars * course.served[i] / most;
    add_bar(svg, "served", x, bottom, bar, served);
    add_bar(svg, "failed", x, bottom - served, bar, bars * course.failed[i] / most);
  }
  const double begin = left + bar * static_cast<double>(before);
  svg += "<line x1=\"" + number(begin, 1) + "\" y1=\"" + number(top, 1) + "\" x2=\"" + number(begin, 1) + "\" y2=\"" +
         number(bottom, 1) + "\"/>\n";
}

}  // namespace

std::string plot(const std::vector<Course>& courses, std::size_t before, int milliseconds) {
  const double height = head + row * static_cast<double>(courses.size());
  std::string svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + number(width + 2 * left) + " " + number(height) +
                    "\" font-family=\"sans-serif\" font-size=\"12\">\n"
                    "<style>.served{fill:#3a7d44}.failed{fill:#c0392b}line{stroke:#555;stroke-dasharray:3 3}"
                    ".name{font-weight:bold}rect{shape-rendering:crispEdges}</style>\n"
                    "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n";
  add_text(svg, left, 16, "",
           "Requests per " + std::to_string(milliseconds) + " ms across a redeploy, mean of all; green is served, red has failed;");
  add_text(svg, left, 31, "",
           "the redeploy begins at the dashed line; " +
               number(static_cast<double>(courses.empty() ? 0 : courses.front().served.size()) * milliseconds) +
               " ms are shown, each row to its own scale");
  for (std::size_t i = 0; i < courses.size(); ++i) add_course(svg, courses[i], head + 16 + row * static_cast<double>(i), before);
  return svg + "</svg>\n";
}

}  // namespace bench
