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
  std::string_view name;
  int (*run)(int argc, char** argv);
};

constexpr std::array commands{
    Command{"createRuntime", hook::run_create},
    Command{"prestart", hook::run_create},
    Command{"poststop", hook::run_poststop},
    Command{"check", hook::run_check},
    Command{"precreate", hook::run_precreate},
    Command{"status", hook::run_status},
    Command{"runtime", hook::run_runtime},
};

}  // namespace

int main(int argc, char** argv) {
  ownership::log::set_up("solinit-hook", ownership::log::Level::notice, ownership::log::Format::text);
  if (argc > 0 && !hook::runtime_named_by(argv[0]).empty()) return hook::run_runtime(argc, argv);
  const std::string_view word = argc > 1 ? argv[1] : "";
  for (const auto& command : commands)
    if (command.name == word) return command.run(argc, argv);
  return ownership::log::fail({ExitCode::usage, "unknown command", std::string(word), "see solinit-hook(8)",
                               "createRuntime, prestart, poststop, check, status or runtime"});
}
