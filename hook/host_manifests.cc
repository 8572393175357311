#include "hook/host_manifests.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <string_view>
#include <utility>

#include "manifests/limits.h"
#include "manifests/parse.h"
#include "ownership/fd.h"
#include "ownership/names.h"

namespace hook {
namespace {

using ownership::Error;
using ownership::ExitCode;
using ownership::Fd;

constexpr const char* kind_of_reading = "cannot use the manifest";
constexpr const char* how_to_own = "as root: chown root: and chmod go-w";

Error refused(std::string object, std::string why, std::string advice) {
  return {ExitCode::bad_manifest, kind_of_reading, std::move(object), std::move(why), std::move(advice)};
}

Error unreadable(std::string object, int number) {
  return ownership::system_error(kind_of_reading, std::move(object), number, ExitCode::bad_manifest);
}

std::optional<Error> flaw_of(const struct stat& status, const std::string& object) {
  if (status.st_uid != 0)
    return refused(object, "it belongs to uid " + std::to_string(status.st_uid) + ", not to root", how_to_own);
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) return refused(object, "others may write it", how_to_own);
  return {};
}

/// As much as a manifest may have, and a byte more, so that too much is noticed.
std::optional<std::string> read_text(int file) {
  std::string text(manifests::max_size + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const auto more = read(file, text.data() + size, text.size() - size);
    if (more < 0 && errno == EINTR) continue;
    if (more < 0) return {};
    if (more == 0) break;
    size += static_cast<std::size_t>(more);
  }
  text.resize(size);
  return text;
}

void read_manifest(int directory, const std::string& name, const std::string& path, HostManifests& found) {
  const Fd file(openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  struct stat status {};
  if (!file && errno == ELOOP) return found.bad.push_back(refused(path, "it is a link", "put the file itself there"));
  if (!file || fstat(file.get(), &status) != 0) return found.bad.push_back(unreadable(path, errno));
  if (!S_ISREG(status.st_mode)) return found.bad.push_back(refused(path, "it is no file", "remove it"));
  if (auto flaw = flaw_of(status, path)) return found.bad.push_back(std::move(*flaw));
  const auto text = read_text(file.get());
  if (!text) return found.bad.push_back(unreadable(path, errno));
  auto manifest = manifests::parse(*text, path);
  if (manifest) return found.good.push_back({path, (status.st_mode & S_IROTH) != 0, std::move(*manifest)});
  auto why = manifests::format(manifest.error().front());
  if (const auto more = manifest.error().size() - 1; more > 0) why += " (and " + std::to_string(more) + " more)";
  found.bad.push_back(refused("", std::move(why), "see solinit --check " + path));
}

bool has_mount(const BundleConfig& config, const std::string& destination) {
  return std::any_of(config.mounts.begin(), config.mounts.end(), [&](const ConfigMount& mount) {
    std::string_view there = mount.destination;
    while (there.size() > 1 && there.ends_with('/')) there.remove_suffix(1);
    return there == destination;
  });
}

}  // namespace

HostManifests read_host_manifests(const std::string& directory) {
  HostManifests found;
  const Fd folder(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat status {};
  if (!folder && errno == ENOENT) return found;
  if (!folder || fstat(folder.get(), &status) != 0) {
    found.bad.push_back(unreadable(directory, errno));
    return found;
  }
  if (auto flaw = flaw_of(status, directory)) {
    found.bad.push_back(std::move(*flaw));
    return found;
  }
  std::vector<std::string> names;
  const bool is_whole = ownership::for_each_name(folder.get(), [&](std::string_view name) {
    if (name.ends_with(".yaml") && !name.starts_with('.')) names.emplace_back(name);
    return true;
  });
  if (!is_whole) found.bad.push_back(unreadable(directory, errno));
  std::sort(names.begin(), names.end());
  for (const auto& name : names) read_manifest(folder.get(), name, directory + "/" + name, found);
  return found;
}

bool speaks_of(const manifests::Manifest& manifest, const BundleConfig& config) {
  if (!manifest.match) return false;
  const auto& [annotations, mounts] = *manifest.match;
  return std::all_of(annotations.begin(), annotations.end(),
                     [&](const auto& wanted) {
                       const auto found = config.annotations.find(wanted.first);
                       return found != config.annotations.end() && found->second == wanted.second;
                     }) &&
         std::all_of(mounts.begin(), mounts.end(), [&](const std::string& mount) { return has_mount(config, mount); });
}

}  // namespace hook
