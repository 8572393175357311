#include "launcher/publish.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdio>
#include <ctime>
#include <exception>

#include "ownership/owner_record.h"
#include "ownership/time_text.h"

namespace launcher {
namespace {

constexpr std::size_t most_superseded = 32;

std::string boot_id() {
  const ownership::Fd file(open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC));
  std::array<char, 36> text{};
  return file && read(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size())
             ? std::string(text.data(), text.size())
             : std::string();
}

ownership::OwnerRecord record_of(const Tenure& tenure, const std::string& owner) {
  static const std::time_t started = std::time(nullptr);
  ownership::OwnerRecord record;
  record.owner = owner;
  record.generation = tenure.generation;
  record.container = tenure.container;
  record.pid = getpid();
  record.is_pid_one_container = tenure.is_pid_one;
  record.boot_id = boot_id();
  const auto text = ownership::format_time({started, 0});
  record.started.assign(text.data(), text.size());
  record.started_unix = started;
  const auto& all = tenure.superseded;
  const auto first = all.size() > most_superseded ? all.end() - most_superseded : all.begin();
  record.superseded.assign(first, all.end());
  return record;
}

ownership::Result<void> publish_one(const ownership::Holding& holding, ownership::OwnerRecord& record) {
  struct stat status{};
  const bool is_there = fstatat(holding.place.directory.get(), holding.place.name.c_str(), &status,
                                AT_SYMLINK_NOFOLLOW) == 0 &&
                        S_ISSOCK(status.st_mode);
  record.socket_dev = is_there ? status.st_dev : 0;
  record.socket_ino = is_there ? status.st_ino : 0;
  return ownership::write_owner_record(holding.records.get(), holding.place.name, record);
}

}  // namespace

ownership::Result<void> publish(const Tenure& tenure, const std::string& owner) noexcept try {
  auto record = record_of(tenure, owner);
  ownership::Result<void> result;
  for (const auto& holding : tenure.claim.holdings)
    if (auto written = publish_one(holding, record); !written && result) result = std::move(written);
  return result;
} catch (const std::exception&) {
  return std::unexpected(ownership::Error{ownership::ExitCode::system_call, {}, {}, {}, {}});
}

bool are_owner_files_there(const Tenure& tenure) noexcept {
  return std::all_of(tenure.claim.holdings.begin(), tenure.claim.holdings.end(), [](const ownership::Holding& holding) {
    std::array<char, NAME_MAX + 1> name;
    const int length = std::snprintf(name.data(), name.size(), "%s.owner", holding.place.name.c_str());
    return length > 0 && faccessat(holding.records.get(), name.data(), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
  });
}

}  // namespace launcher
