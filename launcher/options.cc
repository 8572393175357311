#include "launcher/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "launcher/answer.h"
#include "launcher/personality.h"
#include "manifests/near_miss.h"
#include "manifests/signal_names.h"

namespace launcher {
namespace {

using ownership::Error;
using ownership::ExitCode;
namespace log = ownership::log;

constexpr const char* licence_text =
    "solinit is free software under the Apache License, Version 2.0.\n"
    "https://www.apache.org/licenses/LICENSE-2.0\n";

/// What the options say, before it is understood.
struct Words {
  std::string manifest, takeover, check, log_format, parent_death, explained;
  std::vector<std::string> expected_statuses, rewrites;
  bool wants_version = false, wants_licence = false, adopts = false, warns = false, to_group = false;
  bool is_single = false, pauses = false, allows_remote = false;
  bool wants_status = false, wants_json = false, wants_openmetrics = false, watches = false;
  bool wants_ready = false, wants_restart = false;
  int verbosity = 0;
};

/// Digits alone, from 0 to `most`.
std::optional<int> whole_number(std::string_view text, int most) {
  int number = 0;
  const auto end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (text.starts_with('-') || error != std::errc{} || stopped != end || number > most) return std::nullopt;
  return number;
}

std::string_view near_miss(std::string_view given, const std::vector<std::string>& known) {
  return manifests::near_miss(given, std::vector<std::string_view>(known.begin(), known.end()));
}

class Usage : public CLI::Formatter {
 public:
  std::string make_usage(const CLI::App* app, std::string) const override {
    return "\nUsage: " + app->get_name() + " [OPTION]... [--] COMMAND [ARGUMENT]...\n";
  }
  std::string make_option_opts(const CLI::Option* option) const override {
    return option->get_type_size() == 0 ? "" : " " + option->get_type_name();
  }
};

void describe_tini(CLI::App& app, Words& words) {
  app.add_flag("-s", words.adopts, "Adopt orphans when not PID 1 (subreaper)");
  app.add_option("-p", words.parent_death, "Get SIGNAL when our parent dies")->type_name("SIGNAL");
  app.add_flag("-v", words.verbosity, "Say more; may be repeated");
  app.add_flag("-w", words.warns, "Accepted for tini's users");
  app.add_flag("-g", words.to_group, "Forward signals to the process group of the command");
  app.add_option("-e", words.expected_statuses, "Leave with 0 when the command ends with STATUS; may be repeated")
      ->type_name("STATUS")
      ->allow_extra_args(false);
  app.add_flag("-l", words.wants_licence, "Show the licence");
  app.add_flag("--version", words.wants_version, "Show the version");
}

void describe_solinit(CLI::App& app, Words& words) {
  app.description("Runs exactly one web process per container and owns its sockets.");
  app.add_option("-m,--manifest", words.manifest, "Own what FILE names")->type_name("FILE");
  app.add_option("--takeover", words.takeover, "When another holds it: handover, standby or refuse")
      ->type_name("POLICY");
  app.add_option("--check", words.check, "Print the manifest as it is understood, or its errors")
      ->type_name("[FILE]")
      ->expected(0, 1);
  app.add_option("--log-format", words.log_format, "text or json")->type_name("FORMAT");
  app.add_flag("--allow-remote-volume", words.allows_remote, "Also own sockets on NFS, CIFS, 9p, FUSE and the like");
  app.add_flag("--restart", words.wants_restart, "Ask for a new web process in the old one's place, and lose no request");
  app.add_flag("--ready", words.wants_ready, "Leave with 0 when what the manifest names is served, for probes");
  app.add_flag("--status", words.wants_status, "Show how it stands with what the manifest names");
  app.add_flag("--json", words.wants_json, "Show the status as JSON");
  app.add_flag("--openmetrics", words.wants_openmetrics, "Show the status as OpenMetrics");
  app.add_flag("--watch", words.watches, "Show the status anew each second");
  app.add_option("--explain", words.explained, "Tell who owns PATH, how that is known, and what can be done")
      ->type_name("PATH");
  describe_tini(app, words);
  app.footer(
      "Environment: SOLINIT_MANIFEST and SOLINIT_LOG_FORMAT stand for -m and --log-format;\n"
      "/etc/solinit/manifest.yaml is used where neither names a manifest. TINI_SUBREAPER,\n"
      "TINI_KILL_PROCESS_GROUP and TINI_VERBOSITY stand for -s, -g and -v.");
}

void describe_dumb_init(CLI::App& app, Words& words) {
  app.add_flag("-c,--single-child", words.is_single, "Forward signals to the command alone, not to its session");
  app.add_option("-r,--rewrite", words.rewrites, "Forward signal S as R, or not at all when R is 0; may be repeated")
      ->type_name("S:R")
      ->allow_extra_args(false);
  app.add_flag("-v,--verbose", words.verbosity, "Say more");
  app.add_flag("-V,--version", words.wants_version, "Show the version");
}

void describe_catatonit(CLI::App& app, Words& words) {
  app.add_flag("-g", words.to_group, "Forward signals to the process group of the command");
  app.add_flag("-P", words.pauses, "Run nothing: only reap, and end on INT or TERM");
  app.add_flag("-s", words.adopts, "Accepted; orphans are always adopted");
  app.add_flag("-L", words.wants_licence, "Show the licence");
  app.add_flag("-V,--version", words.wants_version, "Show the version");
}

void describe(CLI::App& app, Words& words, Personality personality) {
  app.prefix_command();
  app.set_help_flag("-h,--help", "Show this help");
  app.formatter(std::make_shared<Usage>());
  switch (personality) {
    case Personality::solinit: return describe_solinit(app, words);
    case Personality::tini: return describe_tini(app, words);
    case Personality::dumb_init: return describe_dumb_init(app, words);
    case Personality::catatonit: return describe_catatonit(app, words);
  }
}

std::string program_name(std::string_view argv0) { return std::string(argv0.substr(argv0.rfind('/') + 1)); }

/// Turns words into Options; the first thing it does not understand becomes the error.
class Reading {
 public:
  Reading(std::span<const char* const> arguments, char* const* environment)
      : arguments_(arguments),
        environment_(environment),
        personality_(personality_of(arguments.empty() ? "" : arguments.front())),
        name_(arguments.empty() ? "solinit" : program_name(arguments.front())) {
    options_.plan = plain_plan(personality_);
  }

  std::variant<Options, Answer> run() {
    read_log_format(variable(environment_, "SOLINIT_LOG_FORMAT").value_or(""), "SOLINIT_LOG_FORMAT");
    CLI::App app("", name_);
    describe(app, words_, personality_);
    try {
      app.parse(static_cast<int>(arguments_.size()), arguments_.data());
    } catch (const CLI::CallForHelp&) {
      return Answer{0, app.help(), ""};
    } catch (const CLI::ParseError& error) {
      return answer_with(unreadable(error), options_.plan.format);
    }
    find_command(app);
    if (!error_) read_words(app);
    if (error_) return answer_with(*error_, options_.plan.format);
    if (words_.wants_version) return Answer{0, version_text(personality_), ""};
    if (words_.wants_licence) return Answer{0, licence_text, ""};
    return std::move(options_);
  }

 private:
  void refuse(std::string what, std::string object, std::string why, std::string advice = {}) {
    if (error_) return;
    const auto code = static_cast<ExitCode>(usage_exit_code(personality_));
    error_ = Error{code, std::move(what), std::move(object), std::move(why), std::move(advice)};
  }

  /// CLI11 says "--takeover: 1 required TEXT missing" and the like.
  Error unreadable(const CLI::ParseError& error) {
    const std::string_view text = error.what();
    const auto colon = text.find(':');
    const auto option = text.starts_with('-') && colon != text.npos ? text.substr(0, colon) : std::string_view();
    if (option.empty())
      refuse("cannot read the command line", "", std::string(text), "see " + name_ + " --help");
    else if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr)
      refuse("cannot read option", std::string(option), "it takes one value, and is given once");
    else
      refuse("cannot read option", std::string(option), std::string(text.substr(colon + 1)));
    return *error_;
  }

  void find_command(const CLI::App& app) {
    auto rest = app.remaining();
    if (rest.empty()) return;
    options_.first_argument = arguments_.size() - rest.size();
    if (rest.front() == "--") {
      if (rest.size() == 1)
        options_.first_argument = 0;
      else
        ++options_.first_argument;
    } else if (rest.front().starts_with('-') && rest.front() != "-") {
      refuse_unknown(app, rest.front());
    }
  }

  void refuse_unknown(const CLI::App& app, std::string_view given) {
    const auto option = given.substr(0, given.find('='));
    std::vector<std::string> known;
    for (const auto* each : app.get_options())
      if (!each->get_group().empty())
        for (const auto& name : each->get_lnames()) known.push_back("--" + name);
    const auto meant = option.starts_with("--") ? near_miss(option, known) : std::string_view();
    if (meant.empty())
      refuse("unknown option", std::string(option), "not an option of " + name_, "see " + name_ + " --help");
    else
      refuse("unknown option", std::string(option), "did you mean " + std::string(meant) + "?");
  }

  void read_words(const CLI::App& app) {
    if (!words_.log_format.empty()) read_log_format(words_.log_format, "--log-format");
    read_manifest(app);
    read_takeover();
    read_question();
    read_view();
    read_parent_death();
    for (const auto& text : words_.expected_statuses) read_status(text);
    read_dumb_init();
    read_tini_environment();
    if (variable(environment_, "CATATONIT_DEBUG") && personality_ == Personality::catatonit) ++words_.verbosity;

    auto& plan = options_.plan;
    if (words_.verbosity > 0) plan.level = log::Level::debug;
    if (words_.to_group) plan.scope = Scope::group;
    if (words_.adopts) plan.adopts_orphans = true;
    plan.pauses = words_.pauses;
    plan.allows_remote_volume = words_.allows_remote;
  }

  void read_log_format(std::string_view text, std::string option) {
    if (text == "json") options_.plan.format = log::Format::json;
    else if (text == "text") options_.plan.format = log::Format::text;
    else if (!text.empty()) refuse_value(option, text, {"text", "json"});
  }

  void refuse_value(std::string option, std::string_view given, const std::vector<std::string>& expected) {
    std::string list;
    for (const auto& each : expected) list += (list.empty() ? "" : ", ") + each;
    const auto meant = near_miss(given, expected);
    const auto question = meant.empty() ? "" : "; did you mean '" + std::string(meant) + "'?";
    refuse("cannot read option", std::move(option),
           "unknown value '" + std::string(given) + "'" + question + " (" + list + ")");
  }

  void read_manifest(const CLI::App& app) {
    options_.manifest_path = variable(environment_, "SOLINIT_MANIFEST").value_or("");
    if (!words_.manifest.empty()) options_.manifest_path = words_.manifest;
    if (personality_ != Personality::solinit || app.count("--check") == 0) return;
    options_.checks_only = true;
    if (!words_.check.empty()) options_.manifest_path = words_.check;
    if (options_.first_argument != 0)
      refuse("cannot read the command line", "", "--check runs no command", "give at most one file");
  }

  void read_question() {
    const std::array asked{std::pair{words_.wants_ready, Question::ready}, std::pair{words_.wants_restart, Question::restart},
                           std::pair{words_.wants_status, Question::status},
                           std::pair{!words_.explained.empty(), Question::explain}};
    for (const auto& [is_asked, question] : asked) {
      if (!is_asked) continue;
      if (options_.plan.question != Question::none)
        refuse("cannot read the command line", "", "--ready, --restart, --status and --explain ask for different things",
               "ask for one");
      options_.plan.question = question;
    }
    if (options_.plan.question != Question::none && options_.first_argument != 0)
      refuse("cannot read the command line", "", "who asks runs no command", "leave out the command");
    if (!words_.explained.empty() && !words_.explained.starts_with('/'))
      refuse("cannot read option", "--explain", "'" + words_.explained + "' is not an absolute path");
    options_.plan.explained = words_.explained;
  }

  void read_view() {
    auto& view = options_.plan.view;
    view.watches = words_.watches;
    if (words_.wants_json) view.form = status::Form::json;
    if (words_.wants_openmetrics) view.form = status::Form::openmetrics;
    const bool is_of_status = words_.wants_json || words_.wants_openmetrics || words_.watches;
    if (is_of_status && !words_.wants_status)
      refuse("cannot read the command line", "", "--json, --openmetrics and --watch are forms of --status", "add --status");
    if (words_.wants_json && words_.wants_openmetrics)
      refuse("cannot read the command line", "", "--json and --openmetrics are two forms", "ask for one");
  }

  void read_takeover() {
    using enum manifests::TakeoverPolicy;
    if (words_.takeover.empty()) return;
    if (words_.takeover == "handover") options_.takeover = handover;
    else if (words_.takeover == "standby") options_.takeover = standby;
    else if (words_.takeover == "refuse") options_.takeover = refuse_policy;
    else refuse_value("--takeover", words_.takeover, {"handover", "standby", "refuse"});
  }
  static constexpr auto refuse_policy = manifests::TakeoverPolicy::refuse;

  void read_parent_death() {
    if (words_.parent_death.empty()) return;
    const auto number = manifests::signal_number(words_.parent_death);
    if (number)
      options_.plan.parent_death_signal = *number;
    else
      refuse("cannot read option", "-p", "'" + words_.parent_death + "' is not a signal");
  }

  void read_status(std::string_view text) {
    const auto status = whole_number(text, 255);
    if (status)
      options_.plan.success_statuses.set(static_cast<std::size_t>(*status));
    else
      refuse("cannot read option", "-e", "'" + std::string(text) + "' is not a status from 0 to 255");
  }

  void read_dumb_init() {
    if (personality_ != Personality::dumb_init) return;
    if (variable(environment_, "DUMB_INIT_DEBUG") == "1") ++words_.verbosity;
    auto& plan = options_.plan;
    if (words_.is_single) plan.scope = Scope::web_process;
    if (words_.is_single || variable(environment_, "DUMB_INIT_SETSID") == "0") {
      plan.own_session = false;
      plan.scope = Scope::web_process;
      for (const auto number : job_control_signals)
        plan.rewritten[static_cast<std::size_t>(number)] = static_cast<std::uint8_t>(number);
    }
    for (const auto& text : words_.rewrites) read_rewrite(text);
  }

  void read_rewrite(std::string_view text) {
    const auto colon = text.find(':');
    const auto from = manifests::signal_number(text.substr(0, colon));
    const auto to = colon == text.npos ? std::string_view() : text.substr(colon + 1);
    const auto forwarded = to == "0" ? std::optional(int{dropped_signal}) : manifests::signal_number(to);
    if (from && forwarded)
      options_.plan.rewritten[static_cast<std::size_t>(*from)] = static_cast<std::uint8_t>(*forwarded);
    else
      refuse("cannot read option", "-r", "'" + std::string(text) + "' is not SIGNAL:SIGNAL", "for example 15:3");
  }

  void read_tini_environment() {
    if (personality_ != Personality::solinit && personality_ != Personality::tini) return;
    if (variable(environment_, "TINI_SUBREAPER")) words_.adopts = true;
    if (variable(environment_, "TINI_KILL_PROCESS_GROUP")) words_.to_group = true;
    const auto verbosity = whole_number(variable(environment_, "TINI_VERBOSITY").value_or(""), 1000).value_or(1);
    if (verbosity == 0) options_.plan.level = log::Level::error;
    if (verbosity > 1) ++words_.verbosity;
  }

  std::span<const char* const> arguments_;
  char* const* environment_;
  Personality personality_;
  std::string name_;
  Words words_;
  Options options_;
  std::optional<Error> error_;
};

}  // namespace

std::variant<Options, Answer> parse_options(std::span<const char* const> arguments, char* const* environment) {
  return Reading(arguments, environment).run();
}

}  // namespace launcher
