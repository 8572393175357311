#include "tests/chaos/volume.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

#include "tests/chaos/place.h"
#include "tests/support/sockets.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait.h"

namespace chaos {
namespace {

constexpr int user = 33;
constexpr int most_inodes = 1000;
const std::string words = "nobody's";

unsigned long inode_of(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

}  // namespace

Volume::Volume(const std::string& path, Report& report) : path_(path), report_(report) {
  if (!mount_memory(path_, "size=4m,nr_inodes=" + std::to_string(most_inodes)) || ::chown(path_.c_str(), user, user) != 0)
    report_.breach("setup", path_, "no volume");
  bystander_ = support::bound_socket(path_ + "/bystander.sock", SOCK_STREAM, 1);
  inode_ = inode_of(path_ + "/bystander.sock");
  support::write_file(path_ + "/bystander.txt", words);
}

Volume::~Volume() {
  is_over_ = true;
  if (thread_.joinable()) thread_.join();
}

bool Volume::was_full_since(Moment since) const { return is_full_ || last_full_.load() >= since; }

void Volume::look() {
  if (inode_of(path_ + "/bystander.sock") != inode_) report_.breach("P2", "nobody", "its living socket was removed");
  if (support::read_file(path_ + "/bystander.txt") != words) report_.breach("P7", "nobody", "its file was changed");
}

void Volume::begin_filling(std::uint64_t seed) {
  thread_ = std::thread([this, seed] { fill_on(seed); });
}

bool Volume::wait(milliseconds length) const {
  support::wait_until([this] { return is_over_.load(); }, length);
  return !is_over_;
}

void Volume::fill_on(std::uint64_t seed) {
  Chance chance(seed);
  while (true) {
    const milliseconds pause(1000 + chance() % 8000), length(100 + chance() % 1500);
    const bool with_inodes = chance() % 2 == 0;
    if (!wait(pause)) return;
    report_.fault("volume", with_inodes ? "fill_inodes" : "fill_bytes",
                  "full for " + std::to_string(length.count()) + " ms: " + path_);
    is_full_ = true;
    fill(with_inodes);
    wait(length);
    make_room();
    last_full_ = Clock::now();
    is_full_ = false;
    report_.note("volume", "has room again: " + path_);
  }
}

void Volume::fill(bool with_inodes) {
  if (with_inodes) {
    for (int i = 0; i < most_inodes; ++i) {
      const ownership::Fd file(::open((path_ + "/fill." + std::to_string(i)).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
      if (!file) return;
    }
    return;
  }
  const ownership::Fd file(::open((path_ + "/fill.0").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  static constexpr std::array<char, 4096> nothing{};
  while (::write(file.get(), nothing.data(), nothing.size()) > 0) continue;
}

void Volume::make_room() {
  for (int i = 0; i < most_inodes; ++i) ::unlink((path_ + "/fill." + std::to_string(i)).c_str());
}

}  // namespace chaos
