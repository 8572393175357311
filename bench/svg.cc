#include "bench/svg.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "bench/table.h"

namespace bench {
namespace {

constexpr double width = 640, height = 300, left = 60, right = 170, top = 40, bottom = 50;
constexpr std::array colors{"#1f6feb", "#d1242f", "#1a7f37", "#8250df"};

std::string text_at(double x, double y, const std::string& text, const std::string& more = "") {
  return "<text x=\"" + number(x, 1) + "\" y=\"" + number(y, 1) + "\" " + more + ">" + text + "</text>\n";
}

std::string line(double x1, double y1, double x2, double y2) {
  return "<line x1=\"" + number(x1, 1) + "\" y1=\"" + number(y1, 1) + "\" x2=\"" + number(x2, 1) + "\" y2=\"" +
         number(y2, 1) + "\" stroke=\"#d0d7de\"/>\n";
}

/// From values to places, by their logarithms.
struct Scale {
  double low, high, from, to;
  double operator()(double value) const {
    const double share = (std::log10(value) - std::log10(low)) / (std::log10(high) - std::log10(low));
    return from + share * (to - from);
  }
};

Scale vertical(const Diagram& diagram, double base) {
  double low = 1e12, high = 0;
  for (const auto& curve : diagram.curves)
    for (const double value : curve.values) low = std::min(low, value), high = std::max(high, value);
  return {std::pow(10, std::floor(std::log10(low))), std::pow(10, std::ceil(std::log10(high * 1.001))),
          base + height - bottom, base + top};
}

std::string drawn(const Diagram& diagram, double base) {
  const Scale x{static_cast<double>(diagram.counts.front()), static_cast<double>(diagram.counts.back()), left,
                width - right};
  const auto y = vertical(diagram, base);
  auto svg = text_at(left, base + 20, diagram.title, "font-weight=\"bold\"");
  for (double value = y.low; value <= y.high * 1.001; value *= 10)
    svg += line(left, y(value), width - right, y(value)) +
           text_at(left - 6, y(value) + 4, number(value, value < 1 ? 1 : 0), "text-anchor=\"end\"");
  for (const int count : diagram.counts)
    svg += line(x(count), y(y.low), x(count), y(y.high)) +
           text_at(x(count), y(y.low) + 16, std::to_string(count), "text-anchor=\"middle\"");
  svg += text_at((left + width - right) / 2, y(y.low) + 34, diagram.x_title, "text-anchor=\"middle\"");
  for (std::size_t i = 0; i < diagram.curves.size(); ++i) {
    const auto& curve = diagram.curves[i];
    const std::string color = colors[i % colors.size()];
    std::string points;
    for (std::size_t at = 0; at < curve.values.size(); ++at)
      points += number(x(diagram.counts[at]), 1) + "," + number(y(curve.values[at]), 1) + " ";
    svg += "<polyline fill=\"none\" stroke-width=\"2\" stroke=\"" + color + "\" points=\"" + points + "\"/>\n";
    svg += text_at(width - right + 8, base + top + 12 + 18 * static_cast<double>(i), curve.name, "fill=\"" + color + "\"");
  }
  return svg;
}

}  // namespace

std::string svg_of(const std::vector<Diagram>& diagrams) {
  const auto whole = number(height * static_cast<double>(diagrams.size()));
  std::string svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + number(width) + "\" height=\"" + whole +
                    "\" viewBox=\"0 0 " + number(width) + " " + whole +
                    "\" font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n";
  for (std::size_t i = 0; i < diagrams.size(); ++i) svg += drawn(diagrams[i], height * static_cast<double>(i));
  return svg + "</svg>\n";
}

}  // namespace bench
