#include <gtest/gtest.h>

#include <chrono>

#include "manifests/parse.h"

namespace manifests {
namespace {

using namespace std::chrono_literals;

std::string first_complaint(const std::string& text) {
  const auto manifest = parse(text, "bomb.yaml");
  return manifest ? "none" : format(manifest.error().front());
}

std::string repeat(std::string_view piece, int times) {
  std::string text;
  while (times-- > 0) text += piece;
  return text;
}

const std::string good = "version: 1\nowner: shop\npid_files: [/run/p]\n";

TEST(Limits, EndAt64KiB) {
  const auto filled = good + "#" + std::string(max_size - good.size() - 1, 'x');
  EXPECT_EQ(filled.size(), max_size);
  EXPECT_EQ(first_complaint(filled), "none");
  EXPECT_EQ(first_complaint(filled + "x"), "bomb.yaml:1:1: larger than 64 KiB");
  EXPECT_EQ(first_complaint(std::string(10 << 20, 'a')), "bomb.yaml:1:1: larger than 64 KiB");
}

TEST(Limits, EndAt16Levels) {
  EXPECT_NE(first_complaint(good + "x: " + repeat("[", 15) + repeat("]", 15)), "bomb.yaml:4:19: more than 16 levels");
  EXPECT_EQ(first_complaint(good + "x: " + repeat("[", 16) + repeat("]", 16)), "bomb.yaml:4:19: more than 16 levels");
  // To yaml-cpp what is never closed could be a key: it counts more levels than stand there.
  EXPECT_EQ(first_complaint(repeat("[", 60000)), "bomb.yaml:1:9: more than 16 levels");
  EXPECT_EQ(first_complaint(repeat("- ", 30000) + "a"), "bomb.yaml:1:33: more than 16 levels");
  EXPECT_EQ(first_complaint(repeat("{a: ", 15000)), "bomb.yaml:1:61: more than 16 levels");
}

TEST(Limits, EndAt10000KeysAndValues) {
  const std::string head = "version: 1\nowner: shop\npid_files: [/run/p]\nx: [";
  const auto list = [&](int items) { return head + repeat("a,", items - 1) + "a]\n"; };
  // Ten are no items of it: the root, the four keys, three values and two lists.
  EXPECT_EQ(first_complaint(list(10000 - 10)).substr(0, 29), "bomb.yaml:4:1: x: unknown key");
  EXPECT_EQ(first_complaint(list(10001 - 10)), "bomb.yaml:4:19985: more than 10000 keys and values");
  EXPECT_EQ(first_complaint(repeat("- a\n", 16000)), "bomb.yaml:10000:3: more than 10000 keys and values");
}

TEST(Limits, KeepAliasesFromGrowing) {
  std::string laughs = "a: &a [x,x,x,x,x,x,x,x,x]\n";
  for (char name = 'b'; name <= 'z'; ++name) {
    const std::string previous = std::string("*") + static_cast<char>(name - 1);
    laughs += std::string(1, name) + ": &" + name + " [" + repeat(previous + ",", 8) + previous + "]\n";
  }
  EXPECT_EQ(parse(laughs + good, "bomb.yaml").error().size(), max_complaints + 1);
  EXPECT_EQ(first_complaint(good + "command: &c [a, *c]\n"),
            "bomb.yaml:4:1: command: anchors (&name) are not allowed; write the value out");
  EXPECT_EQ(first_complaint(good + "stop: &s {grace: *s}\n"),
            "bomb.yaml:4:1: stop: anchors (&name) are not allowed; write the value out");
}

TEST(Limits, EndAt64SocketsAndPidFilesAndAt4096Arguments) {
  std::string claims = "version: 1\nowner: shop\nsockets: [{path: /run/web.sock}]\npid_files:\n";
  for (int i = 0; i < 63; ++i) claims += "- /run/" + std::to_string(i) + "\n";
  EXPECT_EQ(first_complaint(claims), "none");
  EXPECT_EQ(first_complaint(claims + "- /run/63\n"), "bomb.yaml:3:1: sockets: more than 64 sockets and pid files");
  std::string pid_files = "pid_files:\n";
  for (int i = 0; i < 65; ++i) pid_files += "- /run/" + std::to_string(i) + "\n";
  EXPECT_EQ(first_complaint("version: 1\nowner: shop\n" + pid_files),
            "bomb.yaml:3:1: pid_files: more than 64 sockets and pid files");
  EXPECT_EQ(first_complaint("version: 1\nowner: shop\nsockets: []\n" + pid_files),
            "bomb.yaml:4:1: pid_files: more than 64 sockets and pid files");
  EXPECT_EQ(first_complaint(good + "command: [" + repeat("a,", 4096) + "a]\n"),
            "bomb.yaml:4:1: command: more than 4096 arguments");
}

/// Whatever 64 KiB hold, the answer comes soon; sanitizers and a busy machine included.
TEST(Limits, KeepTheWorstDocumentsQuick) {
  const std::vector<std::string> pieces{"[",     "{",          "- ",      "? ",   "a: ",   "\"",     "'",     "*a ",
                                        "&a ",   "!",          "!<",      "| \n", ">-\n ", "a: b\n", "a:\n ", "%a ",
                                        "---\n", "\n",         "a,",      "{a: ", "[a,",   "? - ",   "\\",    "#",
                                        "\t",    "x: &x *x\n", "\"\\x41", "k: [", "<<: "};
  for (const auto& piece : pieces) {
    const auto text = repeat(piece, static_cast<int>(max_size / piece.size()));
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_FALSE(parse(text, "bomb.yaml")) << piece;
    EXPECT_FALSE(parse("x: [" + text.substr(0, max_size - 10), "bomb.yaml")) << piece;
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s) << piece;
  }
}

}  // namespace
}  // namespace manifests
