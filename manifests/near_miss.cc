#include "manifests/near_miss.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace manifests {
namespace {

constexpr std::size_t longest = 40;
using Row = std::array<std::size_t, longest + 1>;

char lower(char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter; }

/// How many letters have to be put in, left out, replaced or swapped with their neighbour.
std::size_t distance(std::string_view from, std::string_view to) {
  Row before{}, last{}, row{};
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= from.size(); ++i) {
    before = last;
    last = row;
    row[0] = i;
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const auto same = [&](std::size_t a, std::size_t b) { return lower(from[a - 1]) == lower(to[b - 1]); };
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same(i, j) ? 0U : 1U)});
      if (i > 1 && j > 1 && same(i, j - 1) && same(i - 1, j)) row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row[to.size()];
}

}  // namespace

std::string_view near_miss(std::string_view given, std::span<const std::string_view> known) {
  if (given.empty() || given.size() > longest) return {};
  std::string_view nearest;
  auto least = std::max<std::size_t>(1, given.size() / 3) + 1;
  for (const auto each : known) {
    if (each.size() > longest) continue;
    const auto far = distance(given, each);
    if (far >= least || far >= each.size()) continue;
    least = far;
    nearest = each;
  }
  return nearest;
}

}  // namespace manifests
