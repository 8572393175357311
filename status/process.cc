#include "status/process.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <string_view>

#include "ownership/bearers.h"
#include "ownership/fd.h"
#include "ownership/names.h"
#include "ownership/process.h"

namespace status {
namespace {

using ownership::Fd;

constexpr std::string_view launcher_name = "solinit";

/// The first bytes of a file below /proc.
template <std::size_t most>
std::string start_of(const std::string& path) {
  const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, most> room;
  const auto size = file ? read(file.get(), room.data(), room.size()) : -1;
  return size > 0 ? std::string(room.data(), static_cast<std::size_t>(size)) : std::string();
}

std::string directory_of(pid_t pid) { return "/proc/" + std::to_string(pid); }

pid_t number_from(std::string_view text) {
  pid_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failure == std::errc() && end == text.data() + text.size() ? number : 0;
}

}  // namespace

std::string command_of(pid_t pid) {
  auto text = start_of<256>(directory_of(pid) + "/cmdline");
  while (!text.empty() && text.back() == '\0') text.pop_back();
  std::replace(text.begin(), text.end(), '\0', ' ');
  return text;
}

pid_t child_numbered(pid_t parent, pid_t own_number) {
  const auto text = start_of<4096>(directory_of(parent) + "/task/" + std::to_string(parent) + "/children");
  std::string_view rest = text;
  while (own_number > 0 && !rest.empty()) {
    const auto word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
    const auto child = number_from(word);
    if (child > 0 && ownership::own_number(start_of<4096>(directory_of(child) + "/status")) == own_number) return child;
  }
  return 0;
}

std::vector<Zombie> zombies() {
  std::vector<Zombie> found;
  const Fd processes(ownership::is_proc_ours() ? open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1);
  if (!processes) return found;
  ownership::for_each_name(processes.get(), [&](const char* name) {
    const auto pid = number_from(name);
    const auto status = pid > 0 ? ownership::read_process_status(pid) : std::nullopt;
      if (!status || status->state != 'Z' || status->parent <= 0) return true;
    const auto parent = ownership::read_process_status(status->parent);
    if (parent && !parent->is_dead() && parent->name() != launcher_name)
      found.push_back({pid, status->parent, std::string(status->name()), std::string(parent->name())});
    return true;
  });
  return found;
}

}  // namespace status
