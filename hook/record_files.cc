#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "hook/container_record.h"
#include "hook/open_within.h"
#include "ownership/names.h"
#include "ownership/write_whole.h"

namespace hook {
namespace {

using ownership::Error;
using ownership::ExitCode;
using ownership::Fd;
using ownership::Result;

constexpr const char* what = "cannot keep records in";
constexpr std::string_view extension = ".json";

void make_path(const std::string& path) {
  for (std::size_t end = path.find('/', 1); end != path.npos; end = path.find('/', end + 1))
    mkdirat(AT_FDCWD, path.substr(0, end).c_str(), 0755);
  mkdirat(AT_FDCWD, path.c_str(), 0700);
}

std::optional<ContainerRecord> read_file(int directory, const std::string& name) {
  const Fd file(openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  std::string text;
  std::array<char, 4096> room;
  while (file && text.size() <= longest_record) {
    const auto size = read(file.get(), room.data(), room.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return parse_record(text);
    text.append(room.data(), static_cast<std::size_t>(size));
  }
  return {};
}

}  // namespace

Fd open_again(const RecordedPlace& place) {
  if (!place.directory.starts_with('/')) return {};
  Fd directory = open_within(AT_FDCWD, place.directory.c_str(), O_PATH | O_DIRECTORY,
                             RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
  struct stat status {};
  const bool is_same = directory && fstat(directory.get(), &status) == 0 && status.st_dev == place.device &&
                       status.st_ino == place.inode;
  if (!is_same) return {};
  return directory;
}

Result<Fd> open_records_directory(const std::string& path, bool makes) {
  if (makes) make_path(path);
  Fd directory(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat status {};
  if (!directory || fstat(directory.get(), &status) != 0)
    return std::unexpected(ownership::system_error(what, path, errno));
  if (status.st_uid != geteuid() || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return std::unexpected(Error{ExitCode::not_permitted, what, path, "others may write it", "remove it"});
  return directory;
}

Result<void> write_record(int directory, const ContainerRecord& record) {
  const auto fresh = "." + record.id + ".new", name = record.id + std::string(extension);
  unlinkat(directory, fresh.c_str(), 0);
  const Fd file(openat(directory, fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  const auto text = format_record(record);
  if (file && ownership::write_whole(file.get(), text) &&
      renameat(directory, fresh.c_str(), directory, name.c_str()) == 0)
    return {};
  auto error = ownership::system_error("cannot write the record of", record.id, errno);
  if (file) unlinkat(directory, fresh.c_str(), 0);
  return std::unexpected(std::move(error));
}

std::optional<ContainerRecord> read_record(int directory, const std::string& id) {
  return read_file(directory, id + std::string(extension));
}

std::vector<ContainerRecord> read_records(int directory) {
  std::vector<ContainerRecord> records;
  ownership::for_each_name(directory, [&](std::string_view name) {
    if (name.starts_with('.') || !name.ends_with(extension)) return true;
    if (auto record = read_file(directory, std::string(name))) records.push_back(std::move(*record));
    return true;
  });
  return records;
}

void remove_record(int directory, const std::string& id) noexcept {
  unlinkat(directory, (id + std::string(extension)).c_str(), 0);
}

}  // namespace hook
