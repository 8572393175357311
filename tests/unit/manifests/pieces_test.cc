#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <string>

#include "manifests/duration.h"
#include "manifests/near_miss.h"
#include "manifests/signal_names.h"
#include "manifests/text_check.h"
#include "manifests/words.h"

namespace manifests {
namespace {

using namespace std::chrono_literals;

TEST(NearMiss, FindsTheWordThatWasMeant) {
  EXPECT_EQ(near_miss("adpot", texts_of(activations)), "adopt");
  EXPECT_EQ(near_miss("bid", texts_of(activations)), "bind");
  EXPECT_EQ(near_miss("BIND", texts_of(activations)), "bind");
  EXPECT_EQ(near_miss("on_failure", texts_of(restart_policies)), "on-failure");
  EXPECT_EQ(near_miss("pidfiles", manifest_keys), "pid_files");
  EXPECT_EQ(near_miss("socket", manifest_keys), "sockets");
}

TEST(NearMiss, GuessesNotWildly) {
  EXPECT_EQ(near_miss("", manifest_keys), "");
  EXPECT_EQ(near_miss("x", manifest_keys), "");
  EXPECT_EQ(near_miss("environment", manifest_keys), "");
  EXPECT_EQ(near_miss(std::string(10000, 's'), manifest_keys), "");
}

TEST(NearMiss, GuessesNoWordThatIsAllDifferentOrEndless) {
  const std::string endless(41, 'a');
  const std::array<std::string_view, 2> known{"a", endless};
  EXPECT_EQ(near_miss("x", known), "");
  EXPECT_EQ(near_miss(endless.substr(1), known), "");
}

TEST(SignalNames, AreUnderstoodWithAndWithoutSig) {
  EXPECT_EQ(signal_number("TERM"), SIGTERM);
  EXPECT_EQ(signal_number("SIGQUIT"), SIGQUIT);
  EXPECT_EQ(signal_number("9"), SIGKILL);
  EXPECT_EQ(signal_number("64"), 64);
  EXPECT_EQ(signal_number("RTMIN"), SIGRTMIN);
  EXPECT_EQ(signal_number("SIGRTMIN+3"), SIGRTMIN + 3);
  EXPECT_EQ(signal_number("RTMAX-1"), SIGRTMAX - 1);
  for (const std::string_view bad : {"", "0", "65", "-1", "+1", "term", "SIG", "SIGSIGTERM", "SIG9", "RTMIN-1",
                                     "RTMAX+1", "RTMIN+31", "RTMIN+", "RTMIN+-1", "TERM ", "9a"})
    EXPECT_EQ(signal_number(bad), std::nullopt) << bad;
}

TEST(SignalNames, NameEverySignalSoThatItIsUnderstoodAgain) {
  for (int number = 1; number <= last_signal; ++number) EXPECT_EQ(signal_number(signal_name(number)), number);
  EXPECT_EQ(signal_name(last_signal + 1), std::to_string(last_signal + 1)) << "which no signal has";
}

TEST(Duration, IsAWholeNumberAndItsUnit) {
  EXPECT_EQ(to_duration("300ms"), 300ms);
  EXPECT_EQ(to_duration("8s"), 8000ms);
  EXPECT_EQ(to_duration("2m"), 120s);
  EXPECT_EQ(to_duration("24h"), 24h);
  EXPECT_EQ(to_duration("0s"), 0ms);
  for (const std::string_view bad : {"", "s", "8", "-8s", "+8s", "8 s", " 8s", "8S", "1.5s", "1h30m", "8sec", "25h",
                                     "1441m", "86401s", "86400001ms", "99999999999999999999s", "0x8s"})
    EXPECT_FALSE(to_duration(bad)) << bad;
}

TEST(Duration, IsWrittenInTheLargestUnitThatFits) {
  EXPECT_EQ(to_text(0ms), "0s");
  EXPECT_EQ(to_text(300ms), "300ms");
  EXPECT_EQ(to_text(1500ms), "1500ms");
  EXPECT_EQ(to_text(8s), "8s");
  EXPECT_EQ(to_text(90s), "90s");
  EXPECT_EQ(to_text(120s), "2m");
  EXPECT_EQ(to_text(24h), "24h");
}

TEST(TextCheck, KnowsTheSequencesOfUtf8) {
  for (const std::string_view good : {"a", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
                                      "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"})
    EXPECT_EQ(sequence_length(good), good.size());
  for (const std::string_view bad : {"", "\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2",
                                     "\xc2"
                                     "a",
                                     "\xe0\x9f\xbf", "\xe1\x80", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf1\x80\x80",
                                     "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\x80\x80\x80\x80", "\xff"})
    EXPECT_EQ(sequence_length(bad), 0U);
}

}  // namespace
}  // namespace manifests
