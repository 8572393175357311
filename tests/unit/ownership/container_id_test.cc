#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "ownership/owner_record.h"

namespace {

using ownership::container_in_mountinfo;

const std::string id = "3f9c1b2a4d5e6f708192a3b4c5d6e7f83f9c1b2a4d5e6f708192a3b4c5d6e7f8";
const std::string other(64, '0');

std::string mounted(const std::string& root, const std::string& point) {
  return "612 601 254:0 " + root + " " + point + " rw,relatime - ext4 /dev/vda rw\n";
}

TEST(ContainerId, IsReadFromTheFilesThatEnginesMount) {
  const std::string proc = "605 601 0:52 / /proc rw,nosuid - proc proc rw\n";
  EXPECT_EQ(container_in_mountinfo(proc + mounted("/var/lib/docker/containers/" + id + "/hostname", "/etc/hostname")),
            id);
  EXPECT_EQ(container_in_mountinfo(mounted("/srv/data/containers/" + id + "/resolv.conf", "/etc/resolv.conf")), id);
  EXPECT_EQ(
      container_in_mountinfo(mounted("/containers/storage/overlay-containers/" + id + "/userdata/hosts", "/etc/hosts")),
      id);
  EXPECT_EQ(container_in_mountinfo(mounted(
                "/var/lib/containerd/io.containerd.grpc.v1.cri/sandboxes/" + id + "/hostname", "/etc/hostname")),
            id);
}

TEST(ContainerId, FallsBackToTheWritableLayer) {
  const auto layer = "601 500 0:50 / / rw - overlay overlay rw,lowerdir=/l/A:/l/B,upperdir=/var/lib/docker/overlay2/" +
                     other + "/diff,workdir=/w\n";
  EXPECT_EQ(container_in_mountinfo(layer), other);
  EXPECT_EQ(container_in_mountinfo(layer + mounted("/var/lib/docker/containers/" + id + "/hosts", "/etc/hosts")), id);
}

TEST(ContainerId, BelievesNothingElse) {
  EXPECT_EQ(container_in_mountinfo(""), "");
  EXPECT_EQ(container_in_mountinfo("\n\n x y\n"), "");
  EXPECT_EQ(container_in_mountinfo(mounted("/var/lib/docker/containers/" + id + "/logs", "/logs")), "");
  EXPECT_EQ(container_in_mountinfo(mounted("/containers/" + id.substr(1) + "/hosts", "/etc/hosts")), "");
  EXPECT_EQ(container_in_mountinfo(mounted("/containers/" + id + "0/hosts", "/etc/hosts")), "");
  EXPECT_EQ(container_in_mountinfo(mounted("/containers/X" + id.substr(1) + "/hosts", "/etc/hosts")), "");
}

TEST(ContainerId, IsTheOneThatIsTold) {
  setenv("SOLINIT_CONTAINER_ID", "web-1", 1);
  EXPECT_EQ(ownership::this_container(), "web-1");
  unsetenv("SOLINIT_CONTAINER_ID");
  EXPECT_NE(ownership::this_container(), "");
}

}  // namespace
