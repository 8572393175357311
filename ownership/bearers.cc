#include "ownership/bearers.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

#include "ownership/names.h"
#include "ownership/process.h"

namespace ownership {
namespace {

/// The whole of a small file of /proc.
std::string read_whole(int processes, const std::string& path) {
  constexpr std::size_t most = std::size_t{4} << 20;
  std::string text;
  const Fd file(openat(processes, path.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 4096> room;
  while (file && text.size() < most) {
    const auto size = read(file.get(), room.data(), room.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    text.append(room.data(), static_cast<std::size_t>(size));
  }
  return text;
}

std::string_view take_word(std::string_view& line) noexcept {
  const auto word = line.substr(0, line.find(' '));
  line.remove_prefix(std::min(word.size() + 1, line.size()));
  return word;
}

bool is_below(std::string_view path, std::string_view above) noexcept {
  if (above == "/") return true;
  return path.starts_with(above) && (path.size() == above.size() || path[above.size()] == '/');
}

bool sees(int processes, const std::string& pid, const MountedPart& part, bool is_nested) {
  const auto text = read_whole(processes, pid + "/mountinfo");
  for (std::string_view rest = text; !rest.empty();) {
    const auto line = rest.substr(0, rest.find('\n'));
    if (mounts(line, part, is_nested)) return true;
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  }
  return false;
}

bool is_kernel_thread(int processes, const std::string& pid) noexcept {
  char target;
  return readlinkat(processes, (pid + "/exe").c_str(), &target, 1) < 0 && errno == ENOENT;
}

}  // namespace

std::optional<pid_t> own_number(std::string_view status) noexcept {
  constexpr std::string_view key = "\nNSpid:";
  const auto start = status.find(key);
  if (start == status.npos) return {};
  auto line = status.substr(start + key.size());
  line = line.substr(0, line.find('\n'));
  line = line.substr(line.find_last_of(" \t") + 1);
  pid_t number = 0;
  const auto [end, failure] = std::from_chars(line.data(), line.data() + line.size(), number);
  if (failure != std::errc() || end != line.data() + line.size()) return {};
  return number;
}

bool mounts(std::string_view line, const MountedPart& part, bool is_nested) noexcept {
  take_word(line);  // the mount's own number
  take_word(line);  // and its parent's
  const auto device = take_word(line), root = take_word(line);
  if (is_nested && root == "/" && part.root != "/") return false;
  return device == part.device && (is_below(part.root, root) || is_below(root, part.root));
}

std::optional<Bearer> bearer_on_host(pid_t number, const MountedPart& part) {
  std::optional<Bearer> first;
  const Fd processes(is_proc_ours() ? open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1);
  if (!processes) return Bearer{.is_alive = true};  // in doubt it lives
  for_each_name(processes.get(), [&](const char* entry) {
    pid_t pid = 0;
    const std::string name(entry);
    const auto [end, failure] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (failure != std::errc() || end != name.data() + name.size() || pid <= 1 ||
        pid == part.newcomer)
      return true;
    if (own_number(read_whole(processes.get(), name + "/status")) != number) return true;
    const auto status = read_process_status(pid);
    if (!status || status->is_dead() || is_kernel_thread(processes.get(), name) || is_above_us(pid)) return true;
    if (!sees(processes.get(), name, part, pid != number)) return true;
    const auto started = start_time(status->started);
    if (!first || started < *first->started) first = Bearer{true, false, started, pid};
    return true;
  });
  return first;
}

}  // namespace ownership
