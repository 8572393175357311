#include "ownership/log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <vector>

#include "ownership/fd.h"
#include "ownership/utf8.h"

namespace {

using namespace ownership;
using log::Field;
using log::Format;
using log::Level;
using log::Line;

std::string text_of(const Line& line, std::size_t room = 2048) {
  std::vector<char> space(room);
  return std::string(log::render(line, "solinit", Format::text, space));
}

std::string json_of(const Line& line, std::size_t room = 2048, timespec when = {}) {
  std::vector<char> space(room);
  return std::string(log::render(line, "solinit", Format::json, space, when));
}

/// Whether a JSON parser that is not ours takes it.
bool is_json(const std::string& text) {
  boost::json::error_code failure;
  boost::json::parse(text, failure);
  return !failure;
}

std::string member(const std::string& text, const char* key) {
  return std::string(boost::json::parse(text).at(key).as_string());
}

const std::array<Field, 2> fields{Field("pid", 33), Field("command", "gunicorn: worker")};
const Line whole{Level::error, "cannot clear", "/run/web.sock", "a directory", "move it away", fields};

TEST(Log, FollowsTheGrammar) {
  EXPECT_EQ(
      text_of(whole),
      "solinit: error: cannot clear /run/web.sock: a directory; move it away pid=33 command=\"gunicorn: worker\"");
  EXPECT_EQ(text_of({.level = Level::notice, .what = "ready"}), "solinit: notice: ready");
  EXPECT_EQ(text_of({.level = Level::warning, .what = "left", .object = "/x"}), "solinit: warning: left /x");
  EXPECT_EQ(text_of({.level = Level::debug, .what = "left", .why = "so"}), "solinit: debug: left: so");
}

TEST(Log, PrintsTheSameFactsAsJson) {
  EXPECT_EQ(json_of(whole, 2048, {1'709'210'096, 789'000'000}),
            R"({"time":"2024-02-29T12:34:56.789Z","program":"solinit","level":"error","what":"cannot clear",)"
            R"("object":"/run/web.sock","why":"a directory","advice":"move it away","pid":33,)"
            R"("command":"gunicorn: worker"})");
}

TEST(Log, KnowsTheCalendar) {
  const auto time_of = [](time_t seconds) { return member(json_of({.what = "x"}, 256, {seconds, 0}), "time"); };
  for (time_t second = 0; second < 130L * 366 * 86400; second += 86399 * 3) {
    std::tm parts{};
    gmtime_r(&second, &parts);
    std::array<char, 32> expected{};
    std::strftime(expected.data(), expected.size(), "%Y-%m-%dT%H:%M:%S.000Z", &parts);
    ASSERT_EQ(time_of(second), expected.data());
  }
}

TEST(Log, MakesOneLineOfAnyBytes) {
  const std::string hostile = "a\nb\rc\td\x1b[31m\x7f\xff\xc2\x9b\xe2\x80\xae\"\\é";
  const Line line{.what = "x", .object = hostile};
  EXPECT_EQ(text_of(line), "solinit: notice: x a\\nb\\rc\\td\\x1b[31m\\x7f\\xff\\x9b\\u202e\"\\é");
  const auto json = json_of(line);
  ASSERT_TRUE(is_json(json)) << json;
  EXPECT_EQ(member(json, "object"), "a\nb\rc\td\x1b[31m\x7f\\xff\xc2\x9b\xe2\x80\xae\"\\é");
  EXPECT_EQ(json.find_first_of("\n\r\t\x1b\x7f"), std::string::npos);
}

TEST(Log, QuotesValuesThatWouldRunTogether) {
  const std::array<Field, 3> hard{Field("a", ""), Field("b", "x=\"y\""), Field("c", "plain")};
  EXPECT_EQ(text_of({.what = "x", .fields = hard}), "solinit: notice: x a=\"\" b=\"x=\\\"y\\\"\" c=plain");
}

TEST(Log, KeepsTheRangeOfNumbers) {
  const std::array<Field, 2> extremes{Field("low", INT64_MIN), Field("high", INT64_MAX)};
  EXPECT_EQ(text_of({.what = "x", .fields = extremes}),
            "solinit: notice: x low=-9223372036854775808 high=9223372036854775807");
}

TEST(Log, CutsTextAtAnyRoomBetweenCharacters) {
  const Line line{.what = "ééé", .object = "…\n…", .why = "why", .fields = fields};
  const auto full = text_of(line);
  for (std::size_t room = 0; room < full.size() + 3; ++room) {
    std::string_view text;
    std::vector<char> space(room);
    const auto cut = log::render(line, "solinit", Format::text, space);
    ASSERT_LE(cut.size(), room);
    for (text = cut; !text.empty(); text.remove_prefix(first_code_point(text).size))
      ASSERT_NE(first_code_point(text).code, invalid_utf8) << room;
    if (cut.size() >= 3 && cut != full) {
      EXPECT_TRUE(cut.ends_with("…")) << cut;
    }
  }
  EXPECT_EQ(text_of(line, full.size() + 3), full);
}

TEST(Log, CutsJsonAtAnyRoomToJson) {
  const Line line{.what = "é\"\n", .object = "\x01\xff", .why = "why", .advice = "advice", .fields = fields};
  const auto full = json_of(line);
  constexpr std::size_t least = 8;
  for (std::size_t room = least; room < full.size() + 8; ++room) {
    const auto cut = json_of(line, room);
    ASSERT_LE(cut.size(), room);
    ASSERT_TRUE(is_json(cut)) << room << ": " << cut;
  }
  EXPECT_EQ(json_of(line, full.size() + 8), full);
  for (std::size_t room = 0; room < least; ++room) EXPECT_LE(json_of(line, room).size(), room);
}

/// What is written to stderr meanwhile.
template <typename Act>
std::string stderr_of(Act act) {
  std::array<int, 2> ends{};
  EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), 0);
  const Fd read_end(ends[0]), saved(dup(STDERR_FILENO));
  Fd write_end(ends[1]);
  dup2(write_end.get(), STDERR_FILENO);
  act();
  dup2(saved.get(), STDERR_FILENO);
  std::array<char, 8192> room;
  const auto size = read(read_end.get(), room.data(), room.size());
  return size > 0 ? std::string(room.data(), static_cast<std::size_t>(size)) : "";
}

TEST(Log, WritesOneLineOfWhatIsWanted) {
  EXPECT_EQ(stderr_of([] {
              log::notice("removed", "/x", "stale", {{"n", 1}});
            }),
            "solinit: notice: removed /x: stale n=1\n");
  EXPECT_EQ(stderr_of([] { log::debug("looked at", "/x"); }), "");
  log::set_up("a-program-of-a-name-that-is-much-too-long", Level::debug, Format::text);
  EXPECT_EQ(log::most_talkative(), Level::debug);
  EXPECT_EQ(stderr_of([] { log::debug("looked at", "/x"); }), "a-program-of-a-name-that-is-muc: debug: looked at /x\n");
  log::set_up("solinit", Level::notice, Format::text);
}

TEST(Log, CutsLongLinesAndEndsThem) {
  const std::string path(10'000, 'p');
  const auto line = stderr_of([&] { log::warning("left", path); });
  EXPECT_TRUE(line.ends_with("p…\n")) << line.size();
  EXPECT_LE(line.size(), 4096u);  // PIPE_BUF: in one piece
}

TEST(Log, FailsWithTheCodeOfTheErrorAndIsSilentWhenItIs) {
  int code = 0;
  const Error held{ExitCode::held, "cannot take", "/x", "held", "wait"};
  EXPECT_EQ(stderr_of([&] { code = log::fail(held); }), "solinit: error: cannot take /x: held; wait\n");
  EXPECT_EQ(code, 75);
  EXPECT_EQ(stderr_of([&] { code = log::fail(interrupted()); }), "");
  EXPECT_EQ(code, 0);
}

TEST(Log, SurvivesAClosedStderrAndKeepsErrno) {
  const Fd saved(dup(STDERR_FILENO));
  close(STDERR_FILENO);
  errno = ENOSPC;
  log::notice("ready");
  const int reason = errno;
  dup2(saved.get(), STDERR_FILENO);
  EXPECT_EQ(reason, ENOSPC);
}

TEST(Log, DoesNotWaitForAReaderThatHangs) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const Fd hangs(ends[0]), full(ends[1]), before(dup(STDERR_FILENO));
  const std::vector<char> page(4096, 'x');
  ASSERT_EQ(fcntl(full.get(), F_SETFL, O_NONBLOCK), 0);
  while (write(full.get(), page.data(), page.size()) > 0) {
  }
  ASSERT_EQ(fcntl(full.get(), F_SETFL, 0), 0);
  ASSERT_EQ(dup2(full.get(), STDERR_FILENO), STDERR_FILENO);
  log::notice("said to nobody");
  ASSERT_EQ(dup2(before.get(), STDERR_FILENO), STDERR_FILENO);
}

}  // namespace
