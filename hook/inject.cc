#include "hook/inject.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "hook/injection.h"
#include "ownership/log.h"

namespace hook {
namespace {

constexpr const char* kind_of_warning = "cannot inject the launcher of";

std::string flaw_of_launcher(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return path + ": " + strerrordesc_np(errno);
  if (!S_ISREG(status.st_mode) || (status.st_mode & 0555) != 0555) return path + " is no program that all may execute";
  if (status.st_uid != 0 || (status.st_mode & 022) != 0) return path + " is not root's alone";
  return "";
}

bool is_root_of_host(const BundleConfig& config) {
  return config.process.uid == 0 && std::none_of(config.namespaces.begin(), config.namespaces.end(),
                                                 [](const ConfigNamespace& one) { return one.type == "user"; });
}

std::string flaw_of(const HostManifest& wish, const BundleConfig& config, const std::string& launcher) {
  if (!wish.is_readable_by_all && !is_root_of_host(config)) return "its user cannot read " + wish.file;
  return flaw_of_launcher(launcher);
}

}  // namespace

std::vector<const HostManifest*> matching(const HostManifests& manifests, const BundleConfig& config) {
  std::vector<const HostManifest*> found;
  for (const auto& one : manifests.good)
    if (speaks_of(one.manifest, config)) found.push_back(&one);
  return found;
}

std::optional<Injection> find_injection(const std::vector<const HostManifest*>& matching, const BundleConfig& config,
                                        const std::string& launcher) {
  std::vector<const HostManifest*> wishes;
  std::copy_if(matching.begin(), matching.end(), std::back_inserter(wishes),
               [](const HostManifest* one) { return one->manifest.inject; });
  if (wishes.empty()) return {};
  const auto& wish = *wishes.front();
  const auto refuse = [&](std::string_view why) { ownership::log::warning(kind_of_warning, wish.manifest.owner, why); };
  if (wishes.size() > 1) {
    refuse(wishes[1]->file + " asks for another, and a container has one");
    return {};
  }
  auto injection = plan_injection(config, {launcher, wish.file});
  if (!injection) {
    if (!injection.error().why.empty()) refuse(injection.error().why);
    return {};
  }
  if (const auto flaw = flaw_of(wish, config, launcher); !flaw.empty()) {
    refuse(flaw);
    return {};
  }
  return std::move(*injection);
}

}  // namespace hook
