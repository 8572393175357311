#include "manifests/flat.h"

#include <gtest/gtest.h>

#include <limits>

#include "manifests/flat_reader.h"
#include "manifests/flat_writer.h"
#include "manifests/parse.h"
#include "tests/unit/manifests/examples.h"
#include "tests/unit/manifests/generated.h"

namespace manifests {
namespace {

enum class Colour { red, green, blue };

TEST(Flat, GivesBackEveryExample) {
  for (const auto& example : examples()) {
    const auto manifest = parse(example.text, example.path).value();
    EXPECT_EQ(decode(encode(manifest)), manifest) << example.path;
  }
  const auto whole = parse(whole_language(), "whole").value();
  EXPECT_EQ(decode(encode(whole)), whole);
}

TEST(Flat, GivesBackWhateverTheLanguageCanSay) {
  std::mt19937 random(1);
  for (int i = 0; i < 2000; ++i) {
    const auto manifest = generate_manifest(random);
    ASSERT_EQ(decode(encode(manifest)), manifest) << "round " << i;
  }
}

TEST(Flat, RefusesEveryCutAndWhatFollows) {
  const auto bytes = encode(parse(whole_language(), "whole").value());
  for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(decode(bytes.substr(0, size))) << size;
  EXPECT_FALSE(decode(bytes + '\0'));
  EXPECT_FALSE(decode(""));
}

/// What is read from changed bytes is written as exactly those bytes: there is one form of each manifest.
TEST(Flat, ReadsChangedBytesAsWhatTheySayOrNotAtAll) {
  const auto bytes = encode(parse(whole_language(), "whole").value());
  int refused = 0, read = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (int value = 0; value < 256; ++value) {
      auto changed = bytes;
      changed[i] = static_cast<char>(value);
      const auto manifest = decode(changed);
      manifest ? ++read : ++refused;
      if (!manifest) continue;
      ASSERT_EQ(encode(*manifest), changed) << "byte " << i << " as " << value;
    }
  }
  EXPECT_GT(refused, 1000);
  EXPECT_GT(read, 1000);
}

TEST(Flat, SurvivesNoise) {
  std::mt19937 random(2);
  for (int i = 0; i < 20000; ++i) {
    std::string noise(random() % 300, '\0');
    for (auto& byte : noise) byte = static_cast<char>(random() % (i % 2 == 0 ? 256 : 4));
    const auto manifest = decode(noise);
    EXPECT_TRUE(!manifest || encode(*manifest) == noise);
  }
}

TEST(Flat, BelievesNoLengthBeyondItsBytes) {
  FlatWriter writer;
  writer.put(std::numeric_limits<std::uint32_t>::max());
  const auto bytes = std::move(writer).finish();
  FlatReader texts(bytes), text(bytes);
  EXPECT_TRUE(texts.take_texts().size() <= 1);
  EXPECT_TRUE(texts.has_failed());
  EXPECT_EQ(text.take_text(), "");
  EXPECT_TRUE(text.has_failed());
}

TEST(FlatReader, TakesWhatAFlatWriterPut) {
  FlatWriter writer;
  writer.put(true);
  writer.put(std::uint8_t{255});
  writer.put(-2);
  writer.put(std::numeric_limits<std::int64_t>::min());
  writer.put(Colour::blue);
  writer.put("text");
  writer.put(std::vector<std::string>{"a", "", "b"});
  writer.put(std::optional<int>{});
  writer.put(std::optional<int>{7});
  writer.put(std::chrono::milliseconds(-1));
  const auto bytes = std::move(writer).finish();

  FlatReader reader(bytes);
  EXPECT_TRUE(reader.take<bool>());
  EXPECT_EQ(reader.take<std::uint8_t>(), 255);
  EXPECT_EQ(reader.take<int>(), -2);
  EXPECT_EQ(reader.take<std::int64_t>(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(reader.take(Colour::blue), Colour::blue);
  EXPECT_EQ(reader.take_text(), "text");
  EXPECT_EQ(reader.take_texts(), (std::vector<std::string>{"a", "", "b"}));
  EXPECT_EQ(reader.take_optional<int>(), std::nullopt);
  EXPECT_EQ(reader.take_optional<int>(), 7);
  EXPECT_EQ(reader.take_duration(), std::chrono::milliseconds(-1));
  EXPECT_TRUE(reader.is_whole());
}

TEST(FlatReader, FailsForGood) {
  using namespace std::string_view_literals;
  FlatReader reader("\x02\x01\x01"sv);
  EXPECT_FALSE(reader.take<bool>());
  EXPECT_TRUE(reader.has_failed());
  EXPECT_EQ(reader.take<std::uint8_t>(), 0);
  EXPECT_FALSE(reader.is_whole());
  FlatReader colours("\x03"sv);
  EXPECT_EQ(colours.take(Colour::blue), Colour::red);
  EXPECT_TRUE(colours.has_failed());
}

}  // namespace
}  // namespace manifests
