#include "hook/host_manifests.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
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

constexpr uid_t overflow_uid = 65534;  // fs/proc: overflowuid; whom a user namespace does not know

/// The first one maps all ids that there are.
bool is_in_user_namespace() noexcept {
  const Fd file(open("/proc/self/uid_map", O_RDONLY | O_CLOEXEC));
  char text[64] = {};
  unsigned inside = 0, outside = 0, count = 0;
  const bool is_read = file && read(file.get(), text, sizeof text - 1) > 0 &&
                       std::sscanf(text, "%u %u %u", &inside, &outside, &count) == 3;
  return !is_read || outside != 0 || count != ~0u;
}

std::optional<Error> flaw_of(const struct stat& status, const std::string& object) {
  if (status.st_uid == overflow_uid && is_in_user_namespace())
    return refused(object, "in this user namespace nobody can tell whether it is root's",
                   "run the engine as root, or use manifests of this user's own: --manifests DIR");
  if (status.st_uid != 0)
    return refused(object, "it belongs to uid " + std::to_string(status.st_uid) + ", not to root", how_to_own);
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) return refused(object, "others may write it", how_to_own);
  return {};
}

/// As much as a manifest may have, and a byte more, so that too much is noticed. No more room than the file needs: each
/// page that is touched costs more than all that is read.
std::optional<std::string> read_text(int file, off_t expected) {
  std::string text(std::min(static_cast<std::size_t>(expected), manifests::max_size) + 1, '\0');
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

std::vector<std::string> names_in(int directory, bool& is_whole) {
  std::vector<std::string> names;
  is_whole = ownership::for_each_name(directory, [&](std::string_view name) {
    if (name.ends_with(".yaml") && !name.starts_with('.')) names.emplace_back(name);
    return true;
  });
  std::sort(names.begin(), names.end());
  return names;
}

/// Whether a file of a directory that nobody vouches for is wanted, or cannot be read. To be wanted by none of them
/// does no harm, whoever wrote them.
bool holds_wanted(const std::string& directory, const WantsText& is_wanted) {
  const Fd folder(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return true;
  bool is_whole = false;
  const auto names = names_in(folder.get(), is_whole);
  return !is_whole || std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    const Fd file(openat(folder.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    struct stat status {};
    if (!file || fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return true;
    const auto text = read_text(file.get(), status.st_size);
    return !text || is_wanted(*text);
  });
}

void read_manifest(int directory, const std::string& name, const std::string& path, const WantsText& is_wanted,
                   HostManifests& found) {
  const Fd file(openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  struct stat status {};
  if (!file && errno == ELOOP) return found.bad.push_back(refused(path, "it is a link", "put the file itself there"));
  if (!file || fstat(file.get(), &status) != 0) return found.bad.push_back(unreadable(path, errno));
  if (!S_ISREG(status.st_mode)) return found.bad.push_back(refused(path, "it is no file", "remove it"));
  const auto text = read_text(file.get(), status.st_size);
  if (!text) return found.bad.push_back(unreadable(path, errno));
  if (is_wanted && !is_wanted(*text)) return;
  if (auto flaw = flaw_of(status, path)) return found.bad.push_back(std::move(*flaw));
  auto manifest = manifests::parse(*text, path);
  if (manifest) return found.good.push_back({path, (status.st_mode & S_IROTH) != 0, std::move(*manifest)});
  auto why = manifests::format(manifest.error().front());
  if (const auto more = manifest.error().size() - 1; more > 0) why += " (and " + std::to_string(more) + " more)";
  found.bad.push_back(refused("", std::move(why), "see solinit --check " + path));
}

/// Step by step from the root; nothing where it is missing.
ownership::Result<Fd> open_trusted(const std::string& path) {
  Fd at(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  std::string walked;
  for (std::string_view rest = path; !rest.empty();) {
    const auto part = std::string(rest.substr(0, rest.find('/')));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    if (part.empty()) continue;
    walked += "/" + part;
    const bool is_last = rest.find_first_not_of('/') == rest.npos;
    Fd next(openat(at.get(), part.c_str(), (is_last ? O_RDONLY : O_PATH) | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    struct stat status {};
    if (!next && errno == ENOENT) return Fd();
    if (!next && (errno == ELOOP || errno == ENOTDIR))
      return std::unexpected(refused(walked, "it is a link, or no directory", "name the directory itself"));
    if (!next || fstat(next.get(), &status) != 0) return std::unexpected(unreadable(walked, errno));
    if (!is_last && (status.st_mode & S_ISVTX) != 0) status.st_mode &= ~static_cast<mode_t>(S_IWGRP | S_IWOTH);
    if (auto flaw = flaw_of(status, walked)) return std::unexpected(std::move(*flaw));
    at = std::move(next);
  }
  return at;
}

/// By escapes, or by paths that are written in a longer way than they are meant. "https://" hides nothing.
bool can_hide_words(std::string_view text) {
  for (auto at = text.find("//"); at != text.npos; at = text.find("//", at + 1))
    if (at == 0 || text[at - 1] != ':') return true;
  return text.find('\\') != text.npos || text.find("/.") != text.npos;
}

/// Whether `text` can stand in a document only letter by letter.
bool is_plain(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '_' || c == '/' || c == ':' || c == '+' || c == '@';
  });
}

bool has_mount(const BundleConfig& config, const std::string& destination) {
  return std::any_of(config.mounts.begin(), config.mounts.end(), [&](const ConfigMount& mount) {
    std::string_view there = mount.destination;
    while (there.size() > 1 && there.ends_with('/')) there.remove_suffix(1);
    return there == destination;
  });
}

}  // namespace

HostManifests read_host_manifests(const std::string& directory) { return read_host_manifests(directory, {}); }

HostManifests read_host_manifests(const std::string& directory, const WantsText& is_wanted) {
  HostManifests found;
  auto opened = open_trusted(directory);
  if (!opened) {
    if (!is_wanted || holds_wanted(directory, is_wanted)) found.bad.push_back(std::move(opened.error()));
    return found;
  }
  if (!*opened) return found;
  const Fd& folder = *opened;
  bool is_whole = false;
  const auto names = names_in(folder.get(), is_whole);
  if (!is_whole) found.bad.push_back(unreadable(directory, errno));
  for (const auto& name : names) read_manifest(folder.get(), name, directory + "/" + name, is_wanted, found);
  return found;
}

bool has_host_manifests(const std::string& directory) noexcept {
  const Fd folder(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return errno != ENOENT;
  bool has_one = false;
  const bool is_whole = ownership::for_each_name(folder.get(), [&](std::string_view name) {
    has_one = name.ends_with(".yaml") && !name.starts_with('.');
    return !has_one;
  });
  return has_one || !is_whole;
}

bool may_speak_of(std::string_view text, const BundleConfig& config) {
  if (can_hide_words(text)) return true;
  const auto holds = [&](std::string_view part) { return !is_plain(part) || text.find(part) != text.npos; };
  const auto destination = [](std::string_view path) {
    while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
    return path;
  };
  if (std::any_of(config.annotations.begin(), config.annotations.end(),
                  [&](const auto& one) { return holds(one.first) && holds(one.second); }))
    return true;
  // Who asks for annotations needs one of them at least; a comment may speak of them and ask for none.
  if (text.find("annotations") != text.npos && text.find('#') == text.npos) return false;
  return std::any_of(config.mounts.begin(), config.mounts.end(),
                     [&](const ConfigMount& mount) { return holds(destination(mount.destination)); });
}

bool speaks_of(const manifests::Manifest& manifest, const BundleConfig& config) {
  return why_silent(manifest, config).empty();
}

std::string why_silent(const manifests::Manifest& manifest, const BundleConfig& config) {
  if (!manifest.match) return "it has no match";
  for (const auto& [key, value] : manifest.match->annotations) {
    const auto found = config.annotations.find(key);
    if (found == config.annotations.end()) return "the annotation " + key + " is missing";
    if (found->second != value) return "the annotation " + key + " is not " + value;
  }
  for (const auto& mount : manifest.match->mounts)
    if (!has_mount(config, mount)) return "nothing is mounted at " + mount;
  return "";
}

}  // namespace hook
