#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include "ownership/fd.h"
#include "ownership/owner_record.h"

namespace ownership {
namespace {

constexpr std::size_t id_size = 64;

/// The 64 hexadecimal digits after `marker`, when a slash or nothing follows them.
std::string_view id_after(std::string_view path, std::string_view marker) noexcept {
  const auto found = path.find(marker);
  if (found == std::string_view::npos) return {};
  const auto id = path.substr(found + marker.size(), id_size);
  const auto rest = path.substr(found + marker.size() + id.size());
  const bool is_id = id.size() == id_size && id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  return is_id && (rest.empty() || rest.front() == '/' || rest.front() == ',') ? id : std::string_view{};
}

/// The field of this number, from 0, of proc_pid_mountinfo(5).
std::string_view field(std::string_view line, int number) noexcept {
  for (; number > 0; --number) {
    const auto space = line.find(' ');
    if (space == std::string_view::npos) return {};
    line.remove_prefix(space + 1);
  }
  return line.substr(0, line.find(' '));
}

/// Engines mount these files from a directory of the container. Of other mounts we believe nothing: log collectors
/// mount the directories of all containers.
std::string_view id_in_engine_file(std::string_view line) noexcept {
  const auto root = field(line, 3), point = field(line, 4);
  if (point != "/etc/hostname" && point != "/etc/hosts" && point != "/etc/resolv.conf") return {};
  for (const std::string_view marker : {"/overlay-containers/", "/containers/", "/sandboxes/"})
    if (const auto id = id_after(root, marker); !id.empty()) return id;
  return {};
}

/// The writable layer is the container's own.
std::string_view id_of_layer(std::string_view line) noexcept {
  if (field(line, 4) != "/") return {};
  const auto upper = line.find("upperdir=");
  if (upper == std::string_view::npos) return {};
  const auto path = line.substr(upper, line.find(',', upper) - upper);
  for (const std::string_view marker : {"/overlay2/", "/overlay/"})
    if (const auto id = id_after(path, marker); !id.empty()) return id;
  return {};
}

/// Feeds lines to both searches; a layer counts only where no engine file was found.
class Search {
 public:
  bool is_over(std::string_view line) {
    if (const auto id = id_in_engine_file(line); !id.empty()) {
      id_ = id;
      return true;
    }
    if (id_.empty()) id_ = id_of_layer(line);
    return false;
  }
  const std::string& id() const noexcept { return id_; }

 private:
  std::string id_;
};

/// Line by line through a small buffer: on a busy host the file is large. Lines that do not fit are passed over.
std::string id_in_own_mountinfo() {
  Search search;
  const Fd file(open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC));
  std::array<char, 4096> room;
  std::size_t used = 0;
  bool is_inside_long_line = false;
  while (file) {
    const auto size = read(file.get(), room.data() + used, room.size() - used);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    used += static_cast<std::size_t>(size);
    std::string_view text(room.data(), used);
    for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
      if (!std::exchange(is_inside_long_line, false) && search.is_over(text.substr(0, end))) return search.id();
      text.remove_prefix(end + 1);
    }
    if (text.size() == room.size()) {
      is_inside_long_line = true;
      text = {};
    }
    text.copy(room.data(), text.size());
    used = text.size();
  }
  return search.id();
}

}  // namespace

std::string container_in_mountinfo(std::string_view mountinfo) {
  Search search;
  while (!mountinfo.empty()) {
    const auto line = mountinfo.substr(0, mountinfo.find('\n'));
    if (search.is_over(line)) break;
    mountinfo.remove_prefix(std::min(line.size() + 1, mountinfo.size()));
  }
  return search.id();
}

std::string this_container() {
  if (const char* const told = std::getenv("SOLINIT_CONTAINER_ID"); told != nullptr && *told != '\0') return told;
  if (auto id = id_in_own_mountinfo(); !id.empty()) return id;
  std::array<char, 65> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

}  // namespace ownership
