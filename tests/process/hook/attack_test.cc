#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <dirent.h>
#include <filesystem>
#include <functional>
#include <new>

#include "tests/process/hook/staged.h"
#include "tests/process/ownership/subprocess.h"
#include "tests/support/requirement.h"
#include "tests/support/sockets.h"

namespace support {
namespace {

namespace fs = std::filesystem;
using ownership::Fd;

/// 3 s each; `make soak` asks for a minute.
std::chrono::milliseconds length_of_attack() {
  const char* const seconds = std::getenv("SOLINIT_ATTACK_SECONDS");
  return std::chrono::seconds(seconds == nullptr ? 3 : std::atoi(seconds));
}

void swap_names(const std::string& one, const std::string& other) {
  renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE);
}

struct Counts {
  std::atomic<long> swaps{0};
};

/// Root in a container, with a volume that it may write, swaps names as fast as it can; the hook settles for another
/// container again and again. What must never happen: a live socket loses its name, or anything outside of the volume,
/// or anything that is no stale socket, is touched.
class Attack : public Staged {
 protected:
  void SetUp() override {
    Staged::SetUp();
    if (IsSkipped()) return;
    // A journal would hold up the attacker for seconds.
    move_to_memory("mode=755");
    own("sockets: [{path: /run/web/web.sock}]\ntakeover: {strangers: refuse, patience: 50ms}\n");
    write_file(outside_ / "file", "precious");
    leave_stale_socket(outside_ / "web.sock");
  }
  void TearDown() override {
    if (IsSkipped()) return;
    EXPECT_EQ(read_file(outside_ / "file"), "precious");
    EXPECT_TRUE(stands(outside_ / "web.sock"));
    EXPECT_TRUE(quarantined().empty()) << quarantined().front();
  }
  ~Attack() override { munmap(memory_, sizeof(Counts)); }

  using Act = std::function<void()>;
  void attack(const Act& swap, const Act& clear, const Act& look) {
    const subprocess::Background attacker([&] {
      for (;; ++counts_.swaps) swap();
    });
    // On a busy machine it may take longer until the hook has met the stale one at all.
    const auto end = Clock::now() + length_of_attack(), last = end + 20s;
    while (!is_over_ && Clock::now() < (removed_ > 0 ? end : last)) {
      clear();
      ++runs_;
      look();
    }
    const auto swaps = counts_.swaps.load();
    EXPECT_TRUE(wait_until([&] { return counts_.swaps > swaps + 100; })) << "the attacker has ended";
    EXPECT_GT(runs_, 3);
  }

  /// web.sock and `other` change places; a stale socket is put back whenever one was removed.
  void attack_with(const std::string& other) {
    leave_stale_socket(socket());
    const auto young = container();
    const auto before = inode_of(other);
    attack([&] { swap_names(socket(), other); }, [&] { settle(young); },
           [&] {
             replace_what_is_missing(other);
             if (!stands_at_either(other, before)) ++lost_;
           });
    EXPECT_EQ(lost_, 0);
    EXPECT_GT(removed_, 0) << "it never met the stale one in " << runs_ << " runs and " << counts_.swaps << " swaps: " << report().substr(0, 2000);
  }

  /// Not by a Child: with it every other child of ours ends, and the attacker is one.
  void settle(const Child& young) {
    const auto settings = call("createRuntime", state(young.pid()));
    const int input = settings.descriptors.at(0);
    const int status = subprocess::run([&] {
      std::vector<char*> words;
      for (const auto& word : settings.command) words.push_back(const_cast<char*>(word.c_str()));
      words.push_back(nullptr);
      const int log = open((place_ / "log").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
      if (dup2(input, STDIN_FILENO) != STDIN_FILENO || dup2(log, STDERR_FILENO) != STDERR_FILENO) return 99;
      execv(words[0], words.data());
      return 98;
    });
    close(input);
    if (status == 0 || status == 75 || status == 77 || status == 78) return;
    ADD_FAILURE() << status << ": " << read_file(place_ / "log");
    is_over_ = true;
  }

  static ino_t inode_of(const std::string& path) {
    struct stat status {};
    return lstat(path.c_str(), &status) == 0 ? status.st_ino : 0;
  }
  /// At an instant both names can be looked at on the wrong side of a swap, or be in the quarantine: never for long.
  bool stands_at_either(const std::string& other, ino_t inode) const {
    return wait_until([&] { return inode_of(socket()) == inode || inode_of(other) == inode; }, 5s);
  }
  void replace_what_is_missing(const std::string& other) {
    for (const auto& name : {socket(), other}) {
      if (stands(name)) continue;
      leave_stale_socket(volume() + "/fresh");
      if (renameat2(AT_FDCWD, (volume() + "/fresh").c_str(), AT_FDCWD, name.c_str(), RENAME_NOREPLACE) == 0)
        ++removed_;
      else
        unlink((volume() + "/fresh").c_str());
    }
  }

  TempDir outside_;
  void* const memory_ = mmap(nullptr, sizeof(Counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  Counts& counts_ = *new (memory_) Counts;
  int runs_ = 0, lost_ = 0, removed_ = 0;
  bool is_over_ = false;
};

TEST_F(Attack, ByALiveSocketRemovesNothingLive) {
  const auto live = bound_socket(volume() + "/other", SOCK_STREAM, 100);
  attack_with(volume() + "/other");
}

TEST_F(Attack, ByALiveSocketWorksOnANaiveUnlink) {
  const auto other = volume() + "/other";
  const auto live = bound_socket(other, SOCK_STREAM, 100);
  const auto inode = inode_of(other);
  leave_stale_socket(socket());
  bool is_lost = false;
  const subprocess::Background attacker([&] {
    while (true) swap_names(socket(), other);
  });
  for (const auto end = Clock::now() + 20s; Clock::now() < end && !is_lost;) {
    struct stat status {};
    if (lstat(socket().c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) continue;
    if (!connect_to(socket(), SOCK_STREAM) && errno == ECONNREFUSED) unlink(socket().c_str());
    replace_what_is_missing(other);
    is_lost = !wait_until([&] { return inode_of(socket()) == inode || inode_of(other) == inode; }, 200ms);
  }
  EXPECT_TRUE(is_lost);
}

TEST_F(Attack, ByALinkToADirectoryOfTheHostTouchesNothingThere) {
  fs::create_symlink(outside_.path(), volume() + "/other");
  attack_with(volume() + "/other");
}

TEST_F(Attack, ByAHardLinkKeepsIt) {
  write_file(volume() + "/kept", "precious");
  fs::create_hard_link(volume() + "/kept", volume() + "/other");
  attack_with(volume() + "/other");
  EXPECT_EQ(read_file(volume() + "/kept"), "precious");
}

TEST_F(Attack, ByAFifoKeepsIt) {
  ASSERT_EQ(mkfifo((volume() + "/other").c_str(), 0600), 0);
  attack_with(volume() + "/other");
}

TEST_F(Attack, ByADeviceKeepsIt) {
  if (mknod((volume() + "/other").c_str(), S_IFCHR | 0600, makedev(1, 3)) != 0) return skip("no devices can be made here");
  attack_with(volume() + "/other");
}

TEST_F(Attack, ByADirectoryKeepsIt) {
  fs::create_directory(volume() + "/other");
  write_file(volume() + "/other/file", "precious");
  attack_with(volume() + "/other");
}

TEST_F(Attack, ByTheParentDirectoryTouchesNothingOfTheHost) {
  own("sockets: [{path: /run/web/sub/web.sock}]\ntakeover: {patience: 50ms}\n");
  const auto sub = volume() + "/sub", evil = volume() + "/evil";
  fs::create_directory(sub);
  fs::create_symlink(outside_.path(), evil);
  leave_stale_socket(sub + "/web.sock");
  const auto young = container();
  attack([&] { swap_names(sub, evil); }, [&] { settle(young); },
         [&] {
           for (const auto& name : {sub, evil}) {
             const Fd directory(open(name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
             struct stat status {};
             if (!directory || fstatat(directory.get(), "web.sock", &status, AT_SYMLINK_NOFOLLOW) == 0) continue;
             ++removed_;
             leave_stale_socket("/proc/self/fd/" + std::to_string(directory.get()) + "/web.sock");
           }
         });
  EXPECT_GT(removed_, 0);
}

TEST_F(Attack, ByTheQuarantineRemovesNothingLive) {
  const auto other = volume() + "/other";
  const auto live = bound_socket(other, SOCK_STREAM, 100);
  const auto before = inode_of(other);
  leave_stale_socket(socket());
  const auto young = container();
  attack(
      [&] {
        swap_names(socket(), other);
        std::error_code ignored;
        for (const auto& entry : fs::directory_iterator(volume() + "/.solinit", ignored))
          if (entry.path().filename().string().starts_with("quarantine")) swap_names(entry.path().string(), other);
        swap_names(volume() + "/.solinit", volume() + "/decoy");
      },
      [&] { settle(young); },
      [&] {
        replace_what_is_missing(other);
        if (!stands_at_either(other, before)) ++lost_;
      });
  EXPECT_EQ(lost_, 0);
  EXPECT_GT(removed_, 0);
}

}  // namespace
}  // namespace support
