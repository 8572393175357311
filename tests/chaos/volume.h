#pragma once

#include <atomic>
#include <string>
#include <thread>

#include "ownership/fd.h"
#include "tests/chaos/fault.h"
#include "tests/chaos/report.h"

namespace chaos {

/// A tmpfs that owners share. Beside their sockets stand a living socket and a file that are nobody's, and somebody who
/// fills it from time to time, its bytes or its inodes.
class Volume {
 public:
  Volume(const std::string& path, Report& report);
  Volume(const Volume&) = delete;
  Volume& operator=(const Volume&) = delete;
  ~Volume();

  const std::string& path() const noexcept { return path_; }
  /// Whether there was a moment without room between `since` and now.
  bool was_full_since(Moment since) const;
  /// That what is nobody's is still there; a breach of P2 where it is not.
  void look();

  /// Fills it now and then until it goes.
  void begin_filling(std::uint64_t seed);

 private:
  void fill_on(std::uint64_t seed);
  void fill(bool with_inodes);
  void make_room();
  bool wait(milliseconds length) const;

  std::string path_;
  Report& report_;
  ownership::Fd bystander_;
  unsigned long inode_ = 0;
  std::atomic<bool> is_full_ = false, is_over_ = false;
  std::atomic<Moment> last_full_ = Moment{};
  std::thread thread_;
};

}  // namespace chaos
