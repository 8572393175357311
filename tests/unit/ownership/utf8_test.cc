#include "ownership/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace {

using ownership::first_code_point;
using ownership::invalid_utf8;

TEST(Utf8, ReadsEveryLength) {
  EXPECT_EQ(first_code_point("a").code, U'a');
  EXPECT_EQ(first_code_point("é!").code, U'é');
  EXPECT_EQ(first_code_point("é!").size, 2u);
  EXPECT_EQ(first_code_point("…").code, U'…');
  EXPECT_EQ(first_code_point("\U0001F600").code, U'\U0001F600');
  EXPECT_EQ(first_code_point("\U0010FFFF").size, 4u);
}

TEST(Utf8, RefusesOneByteOfWhatIsInvalid) {
  for (const std::string text : {"\x80", "\xC0\x80", "\xC1\xBF", "\xC3", "\xE0\x80\x80", "\xED\xA0\x80", "\xE2\x82",
                                 "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xE2(\xA1"}) {
    EXPECT_EQ(first_code_point(text).code, invalid_utf8) << text;
    EXPECT_EQ(first_code_point(text).size, 1u) << text;
  }
}

}  // namespace
