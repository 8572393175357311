#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "ownership/listening.h"
#include "ownership/look.h"
#include "ownership/unix_diag.h"
#include "tests/support/requirement.h"
#include "tests/support/sockets.h"
#include "tests/support/temp_dir.h"
#include "tests/support/volume.h"

namespace {

using namespace ownership;
using support::bound_socket;

class Served : public testing::Test {
 protected:
  bool is_served() const { return ownership::is_served(directory_.get(), "web.sock"); }
  std::size_t bound() const {
    const auto seen = look(directory_.get(), "web.sock");
    const auto sockets = bound_sockets(seen.identity, "web.sock");
    return sockets ? sockets->count : 99;
  }
  support::TempDir room_;
  const std::string path_ = room_ / "web.sock";
  const Fd directory_{open(room_.path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
};

TEST_F(Served, NeedsAListenerOrADatagramSocket) {
  EXPECT_FALSE(is_served());
  support::leave_stale_socket(path_);
  EXPECT_FALSE(is_served());
  unlink(path_.c_str());
  const auto server = bound_socket(path_, SOCK_STREAM, -1);
  EXPECT_FALSE(is_served()) << "bound, not listening";
  ASSERT_EQ(listen(server.get(), 1), 0);
  EXPECT_TRUE(is_served());
  unlink(path_.c_str());
  EXPECT_FALSE(is_served());
  const auto datagrams = bound_socket(path_, SOCK_DGRAM, -1);
  EXPECT_TRUE(is_served());
}

TEST_F(Served, StaysSoWhileTheBacklogIsFull) {
  const auto server = bound_socket(path_, SOCK_STREAM, 0);
  std::vector<Fd> waiting;
  while (auto connection = support::connect_to(path_, SOCK_STREAM)) waiting.push_back(std::move(connection));
  EXPECT_TRUE(is_served());
}

TEST_F(Served, IsNotWhatAnAcceptedConnectionOutlived) {
  auto server = bound_socket(path_, SOCK_STREAM, 4);
  const auto client = support::connect_to(path_, SOCK_STREAM);
  const Fd accepted(accept4(server.get(), nullptr, nullptr, SOCK_CLOEXEC));
  ASSERT_TRUE(accepted);
  EXPECT_EQ(bound(), 1u) << "the accepted socket shows the inode too";
  server.reset();
  EXPECT_EQ(bound(), 0u);
  EXPECT_FALSE(is_served());
}

TEST_F(Served, IsSeenAfterARename) {
  const auto server = bound_socket(room_ / "staging", SOCK_STREAM, 1);
  ASSERT_EQ(rename((room_ / "staging").c_str(), path_.c_str()), 0);
  EXPECT_EQ(bound(), 1u);
  EXPECT_TRUE(is_served());
}

TEST_F(Served, IsSeenInAnotherNetworkNamespaceByConnecting) {
  if (const auto lack = support::lack_of_namespaces(); !lack.empty()) return support::skip(lack);
  support::Settings settings;
  settings.command = support::witness_server("far", path_);
  settings.as = support::As::pid_one;
  settings.has_own_network = true;
  const support::Child server(settings);
  ASSERT_TRUE(support::serves(path_, "far"));
  EXPECT_EQ(bound(), 0u) << "sock_diag shows its own namespace alone";
  EXPECT_TRUE(is_served());
}

TEST_F(Served, IsFoundAmongManySockets) {
  std::vector<Fd> crowd;
  for (int i = 0; i < 300; ++i) crowd.push_back(bound_socket(room_ / std::to_string(i), SOCK_STREAM, 1));
  const auto server = bound_socket(path_, SOCK_STREAM, 1);
  EXPECT_EQ(bound(), 1u);
}

TEST_F(Served, ConnectsToSocketsAlone) {
  EXPECT_FALSE(connect_stream(directory_.get(), "web.sock"));
  EXPECT_EQ(errno, ENOENT);
  const auto server = bound_socket(path_, SOCK_STREAM, 1);
  EXPECT_TRUE(connect_stream(directory_.get(), "web.sock"));
  support::write_file(room_ / "file", "");
  EXPECT_FALSE(connect_stream(directory_.get(), "file"));
  EXPECT_EQ(errno, ENOTSOCK);
  support::leave_stale_socket(room_ / "stale");
  EXPECT_FALSE(connect_stream(directory_.get(), "stale"));
  EXPECT_EQ(errno, ECONNREFUSED);
}

}  // namespace
