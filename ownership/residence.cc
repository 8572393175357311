#include "ownership/residence.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "ownership/fd.h"

namespace ownership {
namespace {

constexpr std::size_t id_size = 64;
constexpr std::size_t longest_file = 16 * 1024;

/// What engines put before the id in the name of a scope or group.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> engines{{{"docker-", "docker"},
                                                                                {"libpod-", "podman"},
                                                                                {"crio-", "cri-o"},
                                                                                {"cri-containerd-", "containerd"},
                                                                                {"nerdctl-", "nerdctl"},
                                                                                {"", ""}}};

bool is_id(std::string_view text) noexcept {
  return text.size() == id_size && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// The id in one part of a path, and the engine where its name tells.
void read_part(std::string_view part, std::string_view above, Residence& residence) {
  if (part.ends_with(".scope")) part.remove_suffix(std::string_view(".scope").size());
  for (const auto& [prefix, engine] : engines) {
    if (!part.starts_with(prefix) || !is_id(part.substr(prefix.size()))) continue;
    residence.container = part.substr(prefix.size());
    residence.engine = engine;
    if (above == "docker") residence.engine = "docker";
    if (above.starts_with("kubepods") || above.starts_with("pod")) residence.engine = "kubernetes";
  }
}

void read_path(std::string_view path, Residence& residence) {
  if (path.size() > residence.cgroup.size()) residence.cgroup = path;
  std::string_view above;
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto part = path.substr(0, path.find('/'));
    read_part(part, above, residence);
    above = part;
    path.remove_prefix(part.size());
  }
}

}  // namespace

Residence parse_residence(std::string_view cgroups) {
  Residence residence;
  while (!cgroups.empty()) {
    const auto line = cgroups.substr(0, cgroups.find('\n'));
    const auto path = line.find(":/");
    if (path != std::string_view::npos) read_path(line.substr(path + 1), residence);
    cgroups.remove_prefix(std::min(line.size() + 1, cgroups.size()));
  }
  return residence;
}

Residence residence_of(pid_t pid) {
  const Fd file(open(("/proc/" + std::to_string(pid) + "/cgroup").c_str(), O_RDONLY | O_CLOEXEC));
  std::string text(longest_file, '\0');
  std::size_t size = 0;
  while (file && size < text.size()) {
    const auto got = read(file.get(), text.data() + size, text.size() - size);
    if (got <= 0) break;
    size += static_cast<std::size_t>(got);
  }
  text.resize(size);
  return parse_residence(text);
}

std::string describe(const Residence& residence) {
  std::string text;
  if (!residence.container.empty()) {
    text = " container=" + residence.container.substr(0, 12);
    if (!residence.engine.empty()) text += " engine=" + residence.engine;
  } else if (residence.cgroup.size() > 1) {
    text = " cgroup=" + residence.cgroup.substr(0, 128);
  }
  return text;
}

}  // namespace ownership
