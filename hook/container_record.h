#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ownership/claim.h"
#include "ownership/error.h"
#include "ownership/holders.h"

/// What one stage leaves for the next, and for the stages of other containers: root's own files, one a container. Nothing
/// in them comes from a place that a container can write.
namespace hook {

inline constexpr std::size_t longest_record = std::size_t{8} << 20;  ///< of tens of thousands of places

struct RecordedPlace {
  ownership::Item::Kind kind = ownership::Item::Kind::socket;
  std::string path;       ///< in the container, for messages
  std::string directory;  ///< on the host, without links
  std::string name;
  std::uint64_t device = 0, inode = 0;  ///< of the directory
  ownership::MountedPart part;
  bool operator==(const RecordedPlace&) const = default;
};

struct ContainerRecord {
  std::string id;
  std::vector<std::string> owners;
  pid_t pid = 0;                    ///< of its init
  std::uint64_t started = 0;        ///< of that process, in ticks
  std::uint64_t pid_namespace = 0;  ///< inode; 0: it shares the host's
  std::string cgroup;               ///< empty: it shares ours
  std::vector<RecordedPlace> places;
  bool operator==(const ContainerRecord&) const = default;
};

/// Pure.
std::string format_record(const ContainerRecord& record);
/// Pure. Nothing for what is none.
std::optional<ContainerRecord> parse_record(std::string_view text);

/// The container of `pid`, as far as the host tells: its places and owners are the caller's.
ContainerRecord record_of(const std::string& id, pid_t pid);

/// Whether `holder` lives in the container of the record, whose init must live still: numbers are used again.
bool is_inside(const ownership::Holder& holder, const ContainerRecord& record);

/// The very directory that was settled, opened; nothing where another has been put into its place since.
ownership::Fd open_again(const RecordedPlace& place);

/// The directory of records, opened, and made 0700 where it is missing and `makes` it. Refuses one that is not root's
/// alone.
ownership::Result<ownership::Fd> open_records_directory(const std::string& path, bool makes);
ownership::Result<void> write_record(int directory, const ContainerRecord& record);
std::optional<ContainerRecord> read_record(int directory, const std::string& id);
std::vector<ContainerRecord> read_records(int directory);
void remove_record(int directory, const std::string& id) noexcept;

}  // namespace hook
