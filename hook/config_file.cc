#include "hook/config_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "hook/bundle_config.h"
#include "ownership/fd.h"
#include "ownership/write_whole.h"

namespace hook {
namespace {

using ownership::Error;
using ownership::ExitCode;
using ownership::Fd;
using ownership::Result;
using ownership::write_whole;

constexpr mode_t permissions = 07777;

/// errno tells why not.
bool read_whole(int file, std::string& text) {
  std::size_t size = 0;
  while (size < text.size()) {
    const auto more = read(file, text.data() + size, text.size() - size);
    if (more < 0 && errno != EINTR) return false;
    if (more == 0) break;
    if (more > 0) size += static_cast<std::size_t>(more);
  }
  text.resize(size);
  return true;
}

}  // namespace

Result<ConfigFile> read_config(const std::string& path) {
  const auto failed = [&] { return std::unexpected(ownership::system_error("cannot read", path, errno)); };
  const Fd file(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  struct stat status {};
  if (!file || fstat(file.get(), &status) != 0) return failed();
  if (!S_ISREG(status.st_mode))
    return std::unexpected(Error{ExitCode::bad_input, "cannot read", path, "it is no file", ""});
  // A byte more than there is, so that too much is noticed; not the whole MiB, whose pages take longer than all the
  // rest.
  const auto size = std::min(static_cast<std::size_t>(status.st_size), longest_config) + 1;
  ConfigFile config{path, std::string(size, '\0'), status.st_mode & permissions, status.st_uid, status.st_gid};
  if (!read_whole(file.get(), config.text)) return failed();
  if (config.text.size() > longest_config)
    return std::unexpected(Error{ExitCode::bad_input, "cannot read", path, "larger than 1 MiB", ""});
  return config;
}

Result<void> replace_config(const ConfigFile& old, std::string_view text) {
  const auto fresh = old.path + ".solinit-" + std::to_string(getpid());
  unlink(fresh.c_str());
  const Fd file(open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (file && write_whole(file.get(), text) && fchown(file.get(), old.uid, old.gid) == 0 &&
      fchmod(file.get(), old.mode) == 0 && rename(fresh.c_str(), old.path.c_str()) == 0)
    return {};
  auto error = ownership::system_error("cannot write", old.path, errno);
  if (file) unlink(fresh.c_str());
  return std::unexpected(std::move(error));
}

}  // namespace hook
