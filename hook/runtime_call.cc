#include "hook/runtime_call.h"

#include <algorithm>
#include <array>

namespace hook {
namespace {

using Words = std::span<const std::string_view>;

constexpr std::array<std::string_view, 17> commands{"checkpoint", "create", "delete", "events", "exec",    "features",
                                                    "kill",       "list",   "pause",  "ps",     "restore", "resume",
                                                    "run",        "spec",   "start",  "state",  "update"};
// Those of runc 1.3, crun 1.2x and youki 0.5 that take a value.
constexpr std::array<std::string_view, 7> global_options{"root", "log",      "log-format",    "log-level",
                                                         "criu", "rootless", "cgroup-manager"};
constexpr std::array<std::string_view, 6> create_options{"bundle",   "config",       "console-socket",
                                                         "pid-file", "pidfd-socket", "preserve-fds"};

bool is_among(Words names, std::string_view name) { return std::find(names.begin(), names.end(), name) != names.end(); }

/// The one option that `given` shortens, as getopt_long(3) has it; `given` itself when there is none.
std::string_view completed(std::string_view given, Words names) {
  if (is_among(names, given)) return given;
  const auto starts = [&](std::string_view name) { return name.starts_with(given); };
  const auto found = std::find_if(names.begin(), names.end(), starts);
  return found != names.end() && std::none_of(found + 1, names.end(), starts) ? *found : given;
}

struct Option {
  std::string_view name;
  std::string_view value;
  bool has_value = false;
};

bool is_option(std::string_view word) { return word.size() > 1 && word.front() == '-'; }

/// Of one short letter: -b X, -b=X as Go's flag package has it, -bX as getopt(3) has it.
Option short_option(std::string_view word, std::string_view name) {
  auto rest = word.substr(2);
  if (rest.starts_with('=')) rest.remove_prefix(1);
  return {name, rest, word.size() > 2};
}

Option option_of(std::string_view word, Words names) {
  const auto bare = word.substr(word.starts_with("--") ? 2 : 1);
  const auto equals = bare.find('=');
  const auto name = bare.substr(0, equals);
  if (word.starts_with("--") || is_among(names, name)) {
    const auto known = completed(name, names);
    return equals == std::string_view::npos ? Option{known, {}, false} : Option{known, bare.substr(equals + 1), true};
  }
  if (word[1] == 'b') return short_option(word, "bundle");
  if (word[1] == 'f') return short_option(word, "config");
  return {name, {}, false};
}

/// Takes the words of one level one by one.
class Scan {
 public:
  Scan(Words words, Words options) : words_(words), options_(options) {}

  bool is_over() const { return at_ >= words_.size(); }
  std::string_view word() const { return words_[at_]; }
  Words rest() const { return words_.subspan(at_); }
  void pass() { ++at_; }

  /// The option here with its value, which may be the next word.
  Option take_option() {
    auto option = option_of(word(), options_);
    pass();
    if (!option.has_value && is_among(options_, option.name) && !is_over()) {
      option.value = word();
      option.has_value = true;
      pass();
    }
    return option;
  }

 private:
  Words words_, options_;
  std::size_t at_ = 0;
};

void read_global(const Option& option, RuntimeCall& call) {
  if (option.name == "log") call.log = option.value;
  if (option.name == "log-format") call.logs_json = option.value == "json";
}

void read_create(Words arguments, RuntimeCall& call) {
  Scan scan(arguments, create_options);
  while (!scan.is_over()) {
    if (scan.word() == "--") return;
    if (!is_option(scan.word())) {
      scan.pass();
      continue;
    }
    const auto option = scan.take_option();
    if (!option.has_value || option.value.empty()) continue;
    if (option.name == "bundle") call.bundle = option.value;
    if (option.name == "config") call.config = option.value;
  }
}

}  // namespace

RuntimeCall understand_runtime_call(Words arguments) {
  RuntimeCall call;
  Scan scan(arguments, global_options);
  bool may_be_value = false;  // of an option that we do not know
  while (!scan.is_over()) {
    const auto word = scan.word();
    if (word == "--") {
      scan.pass();
    } else if (is_option(word)) {
      const auto option = scan.take_option();
      may_be_value = !option.has_value;
      read_global(option, call);
      continue;
    } else if (may_be_value && !is_among(commands, word)) {
      scan.pass();
    } else {
      break;
    }
    may_be_value = false;
  }
  if (scan.is_over() || (scan.word() != "create" && scan.word() != "run")) return call;
  call.makes_container = true;
  scan.pass();
  read_create(scan.rest(), call);
  return call;
}

}  // namespace hook
