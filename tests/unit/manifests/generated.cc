#include "tests/unit/manifests/generated.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>

namespace manifests {
namespace {

class Dice {
 public:
  explicit Dice(std::mt19937& random) : random_(random) {}

  int number(int least, int most) { return std::uniform_int_distribution(least, most)(random_); }
  bool luck() { return number(0, 1) == 1; }
  template <typename E>
  E one_of(E last) {
    return static_cast<E>(number(0, static_cast<int>(last)));
  }

  /// Text of everything that YAML could take for something else.
  std::string text(int least, int most) {
    constexpr std::array<std::string_view, 28> bits{"a", "Z", "7",  " ",  ":",  "#",    "-",   "{",  "}",    "[",
                                                    "]", ",", "\"", "'",  "\\", "\n",   "\t",  "\r", "\x01", "\x7f",
                                                    "é", "€", "😀",  "&a", "*",  "true", "0x1", "~"};
    std::string made;
    const auto wanted = static_cast<std::size_t>(number(least, most));
    while (made.size() < wanted) made += bits[static_cast<std::size_t>(number(0, bits.size() - 1))];
    return made;
  }
  std::string letters(int least, int most, std::string_view out_of) {
    std::string made;
    for (int left = number(least, most); left > 0; --left)
      made += out_of[static_cast<std::size_t>(number(0, static_cast<int>(out_of.size()) - 1))];
    return made;
  }
  std::chrono::milliseconds duration(int least_count) {
    constexpr std::array<int, 4> units{1, 1000, 60'000, 3'600'000};
    return std::chrono::milliseconds(number(least_count, 24) * units[static_cast<std::size_t>(number(0, 3))]);
  }

 private:
  std::mt19937& random_;
};

constexpr std::string_view name_letters = "abcXYZ0189._- '\"#,&*!|>%@`~[]?é";

std::string path(Dice& dice, int number) {
  return "/run/" + dice.letters(0, 20, name_letters.substr(0, name_letters.size() - 2)) + "é/w" +
         std::to_string(number) + ".sock";
}

std::string account(Dice& dice) {
  if (dice.luck()) return "";
  return dice.luck() ? std::to_string(dice.number(0, 70000)) : std::string("w").append(dice.letters(0, 10, "abc-_.0"));
}

Socket socket(Dice& dice, int number) {
  Socket made;
  made.path = path(dice, number);
  made.name = std::string("n").append(std::to_string(number)) + dice.letters(0, 20, "abc .,;#'\"\\/&*[]|<>=+-~^");
  made.type = dice.one_of(SocketType::dgram);
  made.activation = dice.one_of(Activation::adopt);
  if (dice.luck()) made.mode = static_cast<mode_t>(dice.number(0, 0777));
  made.user = account(dice);
  made.group = account(dice);
  made.backlog = dice.luck() ? dice.number(1, 65536) : std::numeric_limits<int>::max();
  return made;
}

Match match(Dice& dice) {
  Match made;
  for (int left = dice.number(0, 3); left > 0; --left) made.annotations[dice.text(1, 20)] = dice.text(0, 20);
  made.mounts.push_back(std::string("/").append(dice.text(0, 20)));
  return made;
}

}  // namespace

Manifest generate_manifest(std::mt19937& random) {
  Dice dice(random);
  Manifest made;
  made.owner = dice.letters(1, 1, "abz059") + dice.letters(0, 62, "abz059.-");
  for (int left = dice.number(0, 5); left > 0; --left) made.command.push_back(dice.text(1, 40));
  const int sockets = dice.number(0, 4);
  for (int i = 0; i < sockets; ++i) made.sockets.push_back(socket(dice, i));
  for (int left = dice.number(sockets == 0 ? 1 : 0, 3); left > 0; --left)
    made.pid_files.push_back(path(dice, sockets + left));
  made.stop = {dice.number(1, 64), dice.duration(0)};
  made.restart = {dice.one_of(RestartPolicy::always), dice.duration(0), std::chrono::hours(24),
                  static_cast<std::uint32_t>(dice.number(1, 1000000)), dice.duration(1),
                  dice.luck() ? std::optional(SIGHUP) : std::nullopt};
  made.ready = {dice.one_of(ReadyWhen::notify), "", dice.duration(1)};
  const auto is_stream = [](const Socket& each) { return each.type == SocketType::stream; };
  if (dice.luck() && std::any_of(made.sockets.begin(), made.sockets.end(), is_stream)) {
    made.ready.when = ReadyWhen::http;
    made.ready.http_path = std::string("/").append(dice.letters(0, 20, "abc?&=#%\"'{}[],:"));
  }
  made.takeover = {dice.one_of(TakeoverPolicy::refuse), dice.one_of(TakeoverOrder::overlap), dice.duration(0),
                   dice.duration(0), dice.one_of(StrangerPolicy::refuse)};
  if (dice.luck()) made.match = match(dice);
  made.inject = dice.luck();
  return made;
}

}  // namespace manifests
