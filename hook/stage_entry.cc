#include "hook/stage_entry.h"

#include "hook/host_manifests.h"

namespace hook {

std::vector<std::pair<std::string, ConfigHook>> stage_entries(const std::string& program,
                                                              const std::string& manifests) {
  std::vector<std::pair<std::string, ConfigHook>> entries;
  for (const std::string stage : {"createRuntime", "poststop"}) {
    std::vector<std::string> args{"solinit-hook", stage, "--timeout", std::to_string(stage_timeout)};
    if (manifests != host_manifests) args.insert(args.end(), {"--manifests", manifests});
    entries.emplace_back(stage,
                         ConfigHook{program, std::move(args), {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}, stage_timeout});
  }
  return entries;
}

}  // namespace hook
