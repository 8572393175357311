#include "hook/mountinfo.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>

#include "ownership/fd.h"

namespace hook {
namespace {

std::string_view take_word(std::string_view& line) {
  const auto word = line.substr(0, line.find(' '));
  line.remove_prefix(std::min(word.size() + 1, line.size()));
  return word;
}

}  // namespace

std::optional<ownership::MountedPart> part_in(std::string_view mountinfo, std::uint64_t mount) {
  const auto wanted = std::to_string(mount);
  while (!mountinfo.empty()) {
    auto line = mountinfo.substr(0, mountinfo.find('\n'));
    mountinfo.remove_prefix(std::min(line.size() + 1, mountinfo.size()));
    if (take_word(line) != wanted) continue;
    take_word(line);  // its parent
    const auto device = take_word(line), root = take_word(line);
    return ownership::MountedPart{std::string(device), std::string(root)};
  }
  return {};
}

std::optional<ownership::MountedPart> part_of(pid_t pid, std::uint64_t mount) {
  constexpr std::size_t most = std::size_t{4} << 20;
  const ownership::Fd file(open(("/proc/" + std::to_string(pid) + "/mountinfo").c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  std::array<char, 4096> room;
  while (file && text.size() < most) {
    const auto size = read(file.get(), room.data(), room.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    text.append(room.data(), static_cast<std::size_t>(size));
  }
  return part_in(text, mount);
}

}  // namespace hook
