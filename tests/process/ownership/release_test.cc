#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ownership/claim.h"
#include "tests/process/ownership/subprocess.h"
#include "tests/support/sockets.h"
#include "tests/support/temp_dir.h"

namespace {

using namespace ownership;
using subprocess::claim_of;
using subprocess::exists;

class Release : public testing::Test {
 protected:
  void release() const { ownership::release(claim_.holdings[0]); }
  support::TempDir room_;
  const std::string path_ = room_ / "web.sock";
  const Claim claim_ = claim_of({path_});
};

TEST_F(Release, RemovesWhatOurWebProcessLeft) {
  release();
  support::leave_stale_socket(path_);
  release();
  EXPECT_FALSE(exists(path_));
  EXPECT_TRUE(subprocess::quarantined(room_.path()).empty());
  EXPECT_TRUE(exists(room_ / ".solinit/web.sock.lease")) << "a lease file stays";
}

TEST_F(Release, LeavesTheLivingAndTheForeign) {
  {
    const auto server = support::bound_socket(path_, SOCK_STREAM, 1);
    release();
    EXPECT_TRUE(support::connect_to(path_, SOCK_STREAM));
  }
  unlink(path_.c_str());
  support::write_file(path_, "precious");
  release();
  EXPECT_EQ(support::read_file(path_), "precious");
}

TEST_F(Release, RemovesAPidFileOfTheDeadAlone) {
  const auto file = room_ / "web.pid";
  const auto claim = subprocess::claim_of_pid_file(file);
  support::write_file(file, std::to_string(getpid()) + "\n");
  ownership::release(claim.holdings[0]);
  EXPECT_FALSE(exists(file));
  const subprocess::Background other([] {});
  support::write_file(file, std::to_string(other.pid()) + "\n");
  ownership::release(claim.holdings[0]);
  EXPECT_TRUE(exists(file));
}

}  // namespace
