#include "ownership/residence.h"

#include <gtest/gtest.h>

namespace ownership {
namespace {

const std::string id(64, 'a');

Residence expected(const std::string& engine, const std::string& cgroup) { return {engine, id, cgroup}; }

TEST(Residence, IsToldByTheNamesThatEnginesGive) {
  const auto read = [](const std::string& path) { return parse_residence("0::" + path + "\n"); };
  for (const auto& [path, engine] : std::initializer_list<std::pair<std::string, std::string>>{
           {"/docker/" + id, "docker"},
           {"/system.slice/docker-" + id + ".scope", "docker"},
           {"/machine.slice/libpod-" + id + ".scope/container", "podman"},
           {"/libpod_parent/libpod-" + id, "podman"},
           {"/kubepods.slice/kubepods-pod1.slice/cri-containerd-" + id + ".scope", "kubernetes"},
           {"/kubepods/besteffort/pod1/" + id, "kubernetes"},
           {"/system.slice/crio-" + id + ".scope", "cri-o"},
           {"/mine/" + id, ""}})
    EXPECT_EQ(read(path), expected(engine, path)) << path;
}

TEST(Residence, IsFoundInEitherVersion) {
  const auto text = "12:pids:/docker/" + id + "\n1:name=systemd:/docker/" + id + "\n0::/\n";
  EXPECT_EQ(parse_residence(text), expected("docker", "/docker/" + id));
}

TEST(Residence, IsNoContainerWhereNoIdStands) {
  EXPECT_EQ(parse_residence("0::/shop-1\n"), (Residence{"", "", "/shop-1"}));
  EXPECT_EQ(parse_residence("0::/libpod_parent/libpod-conmon-" + id + "\n").container, "");
  EXPECT_EQ(parse_residence("0::/docker/" + id.substr(1) + "\n").container, "");
  EXPECT_EQ(parse_residence(""), Residence{});
  EXPECT_EQ(parse_residence("nonsense\n:\n::\n").container, "");
}

TEST(Residence, IsDescribedAsFarAsItIsKnown) {
  EXPECT_EQ(describe(Residence{"docker", id, "/x"}), " container=aaaaaaaaaaaa engine=docker");
  EXPECT_EQ(describe(Residence{"", id, "/x"}), " container=aaaaaaaaaaaa");
  EXPECT_EQ(describe(Residence{"", "", "/shop-1"}), " cgroup=/shop-1");
  EXPECT_EQ(describe(Residence{"", "", "/"}), "");
}

}  // namespace
}  // namespace ownership
