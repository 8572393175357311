#include "ownership/look.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "tests/process/ownership/subprocess.h"
#include "tests/support/requirement.h"
#include "tests/support/sockets.h"
#include "tests/support/temp_dir.h"
#include "tests/support/volume.h"

namespace {

using namespace ownership;
using support::bound_socket;
using support::TempDir;

/// Each row of the table of facts: a state of the path, and what a look says of it.
class Look : public testing::Test {
 protected:
  Sighting look() const { return ownership::look(directory_.get(), "web.sock"); }
  void sees(Entry entry, Bound bound = Bound::unknown) const {
    const auto seen = look();
    EXPECT_EQ(seen.entry, entry);
    EXPECT_EQ(seen.bound, bound);
  }

  TempDir room_;
  const std::string path_ = room_ / "web.sock";
  Fd directory_{open(room_.path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
};

TEST_F(Look, SeesNothingWhereNothingStands) { sees(Entry::nothing); }

TEST_F(Look, TakesNothingButASocketForOne) {
  support::write_file(path_, "");
  sees(Entry::other);
  unlink(path_.c_str());
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  sees(Entry::other);
  unlink(path_.c_str());
  ASSERT_EQ(mkdir(path_.c_str(), 0700), 0);
  sees(Entry::other);
  rmdir(path_.c_str());
  ASSERT_EQ(symlink("nowhere", path_.c_str()), 0);
  sees(Entry::other);
  unlink(path_.c_str());
  const auto live = bound_socket(room_ / "live", SOCK_STREAM, 1);
  ASSERT_EQ(symlink("live", path_.c_str()), 0);
  sees(Entry::other);
}

TEST_F(Look, KnowsThatNobodyIsBoundToWhatWasClosed) {
  for (const int type : {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM}) {
    bound_socket(path_, type, type == SOCK_DGRAM ? -1 : 1);
    sees(Entry::socket, Bound::nobody);
    unlink(path_.c_str());
  }
}

TEST_F(Look, KnowsThatNobodyIsBoundToWhatAZombieLeft) {
  const pid_t zombie = fork();
  if (zombie == 0) {
    bound_socket(path_, SOCK_STREAM, 1).release();
    _exit(0);
  }
  siginfo_t ended;
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(zombie), &ended, WEXITED | WNOWAIT), 0);
  sees(Entry::socket, Bound::nobody);
  waitid(P_PID, static_cast<id_t>(zombie), &ended, WEXITED);
}

TEST_F(Look, HearsAServerThatDoesNotListenYet) {
  const auto server = bound_socket(path_, SOCK_STREAM, -1);
  sees(Entry::socket, Bound::somebody);
  ASSERT_FALSE(support::connect_to(path_, SOCK_STREAM));
  EXPECT_EQ(errno, ECONNREFUSED) << "a STREAM probe would have taken it for stale";
}

TEST_F(Look, HearsEveryTypeOfServer) {
  for (const int type : {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM}) {
    const auto server = bound_socket(path_, type, type == SOCK_DGRAM ? -1 : 1);
    sees(Entry::socket, Bound::somebody);
    unlink(path_.c_str());
  }
}

TEST_F(Look, HearsAServerWithAFullBacklog) {
  const auto server = bound_socket(path_, SOCK_STREAM, 0);
  std::vector<Fd> waiting;
  while (auto connection = support::connect_to(path_, SOCK_STREAM)) waiting.push_back(std::move(connection));
  ASSERT_EQ(errno, EAGAIN);
  sees(Entry::socket, Bound::somebody);
}

TEST_F(Look, HearsAListenerThatWasShutDown) {
  const auto server = bound_socket(path_, SOCK_STREAM, 1);
  ASSERT_EQ(shutdown(server.get(), SHUT_RD), 0);
  sees(Entry::socket, Bound::somebody);
}

TEST_F(Look, HearsAServerThatIsStopped) {
  subprocess::Background server([this] {
    bound_socket(path_, SOCK_STREAM, 1).release();
    raise(SIGSTOP);
  });
  siginfo_t stopped;
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(server.pid()), &stopped, WSTOPPED), 0);
  sees(Entry::socket, Bound::somebody);
}

TEST_F(Look, HearsAListenerThatIsOnlyInFlight) {
  std::array<int, 2> ends{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  const Fd one(ends[0]);
  Fd other(ends[1]);
  {
    const auto server = bound_socket(path_, SOCK_STREAM, 1);
    char letter = 'x';
    iovec text{&letter, 1};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> room{};
    msghdr header{};
    header.msg_iov = &text;
    header.msg_iovlen = 1;
    header.msg_control = room.data();
    header.msg_controllen = room.size();
    auto* const part = CMSG_FIRSTHDR(&header);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(sizeof(int));
    const int number = server.get();
    std::memcpy(CMSG_DATA(part), &number, sizeof number);
    ASSERT_EQ(sendmsg(one.get(), &header, 0), 1);
  }
  sees(Entry::socket, Bound::somebody);
  other.reset();
  sees(Entry::socket, Bound::nobody);
}

TEST_F(Look, HearsAServerOfAnotherNetworkAndPidNamespace) {
  if (const auto lack = support::lack_of_namespaces(); !lack.empty()) return support::skip(lack);
  auto settings = support::Settings{};
  settings.command = support::witness_server("far", path_);
  settings.as = support::As::pid_one;
  settings.has_own_network = true;
  const support::Child server(settings);
  ASSERT_TRUE(support::serves(path_, "far"));
  sees(Entry::socket, Bound::somebody);
}

TEST_F(Look, DoesNotKnowWhatItMayNotKnockAt) {
  if (const auto lack = support::lack_of_root(); !lack.empty()) return support::skip(lack);
  const auto bound_to = [this] { return static_cast<int>(look().bound); };
  bound_socket(path_, SOCK_STREAM, 1);
  ASSERT_EQ(chmod(path_.c_str(), 0600), 0);
  EXPECT_EQ(subprocess::run(bound_to, 1000), static_cast<int>(Bound::unknown)) << "a stale one";
  unlink(path_.c_str());
  const auto server = bound_socket(path_, SOCK_STREAM, 1);
  ASSERT_EQ(chmod(path_.c_str(), 0600), 0);
  EXPECT_EQ(subprocess::run(bound_to, 1000), static_cast<int>(Bound::unknown)) << "a live one";
}

TEST_F(Look, DoesNotKnowWhatStandsInADirectoryItMayNotEnter) {
  if (const auto lack = support::lack_of_root(); !lack.empty()) return support::skip(lack);
  ASSERT_EQ(chmod(room_.path().c_str(), 0700), 0);
  EXPECT_EQ(subprocess::run([this] { return look().reason; }, 1000), EACCES);
  EXPECT_EQ(subprocess::run([this] { return static_cast<int>(look().entry); }, 1000), static_cast<int>(Entry::unknown));
}

TEST_F(Look, QueuesNothing) {
  const auto server = bound_socket(path_, SOCK_STREAM, 1);
  for (int i = 0; i < 100; ++i) sees(Entry::socket, Bound::somebody);
  ASSERT_EQ(fcntl(server.get(), F_SETFL, O_NONBLOCK), 0);
  EXPECT_EQ(accept(server.get(), nullptr, nullptr), -1);
  EXPECT_EQ(errno, EAGAIN);
}

TEST_F(Look, ReachesSocketsBehindPathsThatNoAddressHolds) {
  std::string deep = room_.path();
  for (int i = 0; i < 8; ++i) {
    deep += "/" + std::string(60, 'd');
    ASSERT_EQ(mkdir(deep.c_str(), 0700), 0);
  }
  const auto server = bound_socket(path_, SOCK_STREAM, 1);
  ASSERT_EQ(rename(path_.c_str(), (deep + "/web.sock").c_str()), 0);
  directory_.reset(open(deep.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  sees(Entry::socket, Bound::somebody);
}

TEST_F(Look, KeepsTheNumberOfWhatItSaw) {
  bound_socket(path_, SOCK_STREAM, 1);
  const auto seen = look();
  unlink(path_.c_str());
  for (int i = 0; i < 20; ++i) {
    bound_socket(path_, SOCK_STREAM, 1);
    EXPECT_NE(look().identity.inode, seen.identity.inode);
    unlink(path_.c_str());
  }
  EXPECT_EQ(identity_of(seen.pin.get()), seen.identity);
}

TEST_F(Look, GoesThereAndBackWhereProcIsNotMounted) {
  if (const auto lack = support::lack_of_namespaces(); !lack.empty()) return support::skip(lack);
  const auto live = bound_socket(room_ / "live", SOCK_STREAM, 1);
  bound_socket(room_ / "stale", SOCK_STREAM, 1);
  const auto without_proc = [this] {
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return 1;
    if (mount("none", "/proc", "tmpfs", 0, nullptr) != 0 || access("/proc/self", F_OK) == 0) return 2;
    const auto before = std::string(get_current_dir_name());
    if (ownership::look(directory_.get(), "live").bound != Bound::somebody) return 3;
    if (ownership::look(directory_.get(), "stale").bound != Bound::nobody) return 4;
    if (std::string(get_current_dir_name()) != before) return 5;
    const std::string longest(200, 'n');
    if (rename((room_ / "live").c_str(), (room_ / longest).c_str()) != 0) return 6;
    return ownership::look(directory_.get(), longest.c_str()).bound == Bound::unknown ? 0 : 7;
  };
  EXPECT_EQ(subprocess::run(without_proc), 0);
}

}  // namespace
