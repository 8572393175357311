#include "hook/launcher_inside.h"

#include <string_view>

namespace hook {

bool brings_launcher(const BundleConfig& config) {
  if (config.process.args.empty()) return false;
  const std::string_view program = config.process.args.front();
  return program.substr(program.rfind('/') + 1) == "solinit";
}

}  // namespace hook
