#include "launcher/personality.h"

#include <cstdint>

namespace launcher {
namespace {

constexpr const char* own_version = "solinit " SOLINIT_VERSION;

}  // namespace

Personality personality_of(std::string_view argv0) noexcept {
  const auto name = argv0.substr(argv0.rfind('/') + 1);
  if (name == "tini" || name == "tini-static" || name == "docker-init") return Personality::tini;
  if (name == "dumb-init") return Personality::dumb_init;
  if (name == "catatonit") return Personality::catatonit;
  return Personality::solinit;
}

Plan plain_plan(Personality personality) {
  Plan plan;
  plan.personality = personality;
  for (std::size_t number = 0; number < plan.rewritten.size(); ++number)
    plan.rewritten[number] = static_cast<std::uint8_t>(number);

  plan.adopts_orphans = personality == Personality::solinit || personality == Personality::catatonit;
  plan.warns_when_not_reaping = personality == Personality::tini;
  if (personality == Personality::dumb_init) {
    plan.own_session = true;
    plan.scope = Scope::group;
  }
  for (const auto number : job_control_signals) {
    auto& forwarded = plan.rewritten[static_cast<std::size_t>(number)];
    if (personality == Personality::dumb_init) forwarded = SIGSTOP;
    if (personality == Personality::catatonit) forwarded = dropped_signal;
  }
  return plan;
}

std::string version_text(Personality personality) {
  switch (personality) {
    case Personality::tini: return std::string("tini version 0.19.0 - ") + own_version + "\n";
    case Personality::catatonit: return std::string("tini version 0.2.1_catatonit - ") + own_version + "\n";
    case Personality::dumb_init: return std::string("dumb-init v1.2.5 - ") + own_version + "\n";
    case Personality::solinit: break;
  }
  return std::string(own_version) + "\n";
}

int usage_exit_code(Personality personality) noexcept {
  return personality == Personality::solinit ? static_cast<int>(ownership::ExitCode::usage) : 1;
}

std::optional<std::string_view> variable(char* const* environment, std::string_view name) noexcept {
  for (; *environment != nullptr; ++environment) {
    const std::string_view entry = *environment;
    if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=')
      return entry.substr(name.size() + 1);
  }
  return std::nullopt;
}

}  // namespace launcher
