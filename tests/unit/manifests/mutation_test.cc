#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "manifests/flat.h"
#include "manifests/parse.h"
#include "manifests/print.h"
#include "tests/unit/manifests/examples.h"

namespace manifests {
namespace {

/// A few random changes: bytes, pieces twice, pieces away, and what YAML finds special.
std::string mutate(std::string text, std::mt19937& random) {
  constexpr std::string_view special = "&*!|>%@`\"'#:,-?[]{}\n\t \r~<=0\\\0\x80\xc3\xff";
  for (auto left = random() % 6 + 1; left > 0 && !text.empty(); --left) {
    const auto at = random() % text.size();
    const auto piece = text.substr(at, random() % 40);
    switch (random() % 5) {
      case 0:
        text[at] = static_cast<char>(random() % 256);
        break;
      case 1:
        text[at] = special[random() % special.size()];
        break;
      case 2:
        text.insert(at, 1, special[random() % special.size()]);
        break;
      case 3:
        text.insert(random() % text.size(), piece);
        break;
      default:
        text.erase(at, piece.size());
    }
  }
  return text;
}

void expect_order(const std::vector<Complaint>& complaints, const std::string& text) {
  ASSERT_FALSE(complaints.empty()) << text;
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
  for (std::size_t i = 0; i < complaints.size(); ++i) {
    EXPECT_GE(complaints[i].line, 1U);
    EXPECT_GE(complaints[i].column, 1U);
    EXPECT_LE(complaints[i].line, lines) << format(complaints[i]) << "\n" << text;
    EXPECT_EQ(format(complaints[i]).find('\n'), std::string::npos);
    EXPECT_LE(complaints[i == 0 ? 0 : i - 1].line, complaints[i].line);
  }
}

TEST(Parse, SurvivesWhateverIsChangedInAManifest) {
  auto seeds = examples();
  seeds.push_back({"whole", whole_language()});
  std::mt19937 random(4);
  int read = 0, refused = 0;
  for (int i = 0; i < 20000 && !testing::Test::HasFailure(); ++i) {
    const auto text = mutate(seeds[random() % seeds.size()].text, random);
    const auto manifest = parse(text, "mutated");
    manifest ? ++read : ++refused;
    if (!manifest) {
      expect_order(manifest.error(), text);
      continue;
    }
    EXPECT_EQ(decode(encode(*manifest)), *manifest);
    const auto again = parse(print(*manifest), "printed");
    ASSERT_TRUE(again) << format(again.error().front()) << "\n" << text << "\n" << print(*manifest);
    EXPECT_EQ(*again, *manifest);
  }
  EXPECT_GT(read, 1000);
  EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace manifests
