#include "bench/table.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "bench/must.h"

namespace bench {
namespace {

std::string line(const std::vector<std::string>& cells) {
  std::string text = "|";
  for (const auto& cell : cells) text += " " + cell + " |";
  return text + "\n";
}

void replace(std::string& text, const std::string& name, const std::string& content) {
  const auto mark = "<!-- make bench: " + name + " -->\n";
  const auto start = text.find(mark);
  const auto end = start == std::string::npos ? start : text.find("<!-- end -->", start);
  if (end == std::string::npos) give_up("write the table " + name, "the page has no mark for it");
  text.replace(start + mark.size(), end - start - mark.size(), content);
}

}  // namespace

double quantile(Samples samples, double share) {
  if (samples.empty()) return 0;
  std::sort(samples.begin(), samples.end());
  const auto place = share * static_cast<double>(samples.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const auto above = std::min(below + 1, samples.size() - 1);
  return samples[below] + (samples[above] - samples[below]) * (place - static_cast<double>(below));
}

double ratio(const Samples& samples, const Samples& to) {
  Samples ratios;
  for (std::size_t turn = 0; turn < std::min(samples.size(), to.size()); ++turn)
    ratios.push_back(samples[turn] / to[turn]);
  return median(ratios);
}

std::string number(double value, int digits) {
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string Table::text() const {
  auto written = line(head) + "|---|";
  for (std::size_t column = 1; column < head.size(); ++column) written += "---:|";
  written += "\n";
  for (const auto& row : rows) written += line(row);
  if (!targets.empty()) written += "\n";
  for (const auto& target : targets)
    written += "- " + std::string(target.is_reached() ? "reached" : "**missed**") + ": " + target.claim + "; it is " +
               number(target.reached, target.digits) + target.unit + "\n";
  return written;
}

void write_into(const std::string& page, const std::vector<Table>& tables, const std::string& machine) {
  std::ifstream before(page);
  std::string text{std::istreambuf_iterator<char>(before), {}};
  if (!machine.empty()) replace(text, "machine", machine + "\n");
  for (const auto& table : tables) replace(text, table.name, table.text());
  const auto fresh = page + ".new";
  std::ofstream after(fresh);
  after << text;
  after.close();
  if (!after || std::rename(fresh.c_str(), page.c_str()) != 0) give_up("write " + page, "see its directory");
}

void write_into(const std::string& page, const std::vector<Table>& tables) { write_into(page, tables, ""); }

}  // namespace bench
