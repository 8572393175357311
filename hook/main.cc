#include <array>
#include <cstring>
#include <string_view>

#include "hook/check.h"
#include "hook/precreate.h"
#include "hook/runtime.h"
#include "hook/runtime_options.h"
#include "hook/stage.h"
#include "hook/status.h"
#include "ownership/error.h"
#include "ownership/log.h"

namespace {

using ownership::ExitCode;

struct Command {
  const char* name;
  int (*run)(int argc, char** argv);
  const char* options;
};

constexpr const char* stage_options = "--manifests DIR  --records DIR  --report FILE  --timeout SECONDS";

constexpr std::array commands{
    Command{"createRuntime", hook::run_create, stage_options},
    Command{"prestart", hook::run_create, stage_options},
    Command{"poststop", hook::run_poststop, stage_options},
    Command{"check", hook::run_check,
            "--mount DESTINATION  --annotation KEY=VALUE  --command PROGRAM\n"
            "                 --manifests DIR  --hooks-dir DIR  --docker-config FILE"},
    Command{"precreate", hook::run_precreate, "--manifests DIR  --launcher FILE"},
    Command{"status", hook::run_status, "--json | --openmetrics  --watch  --manifests DIR  --records DIR"},
    Command{"runtime", hook::run_runtime,
            "--runtime-path PATH  --manifests DIR  --launcher FILE  [--] ARGUMENT..."},
};

int help() {
  std::puts("Settles, on the host, what killed and leaked containers left behind.\n\n"
            "Usage: solinit-hook COMMAND [OPTION]...\n\n"
            "Commands and their options:");
  for (const auto& command : commands) std::printf("  %-13s  %s\n", command.name, command.options);
  std::puts("\nsolinit-hook(8) tells what they do.");
  return std::fflush(stdout) == 0 ? 0 : static_cast<int>(ExitCode::system_call);
}

}  // namespace

int main(int argc, char** argv) {
  ownership::log::set_up("solinit-hook", ownership::log::Level::notice, ownership::log::Format::text);
  if (argc > 0 && !hook::runtime_named_by(argv[0]).empty()) return hook::run_runtime(argc, argv);
  const std::string_view word = argc > 1 ? argv[1] : "";
  if (word == "--help" || word == "-h") return help();
  for (const auto& command : commands)
    if (command.name == word) return command.run(argc, argv);
  return ownership::log::fail({ExitCode::usage, "unknown command", std::string(word), "see solinit-hook(8)",
                               "createRuntime, prestart, poststop, check, status or runtime"});
}
