#include "hook/host_manifests.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/requirement.h"
#include "tests/support/temp_dir.h"

namespace support {
namespace {

using namespace hook;

std::string manifest_of(const std::string& owner) {
  return "version: 1\nowner: " + owner + "\nsockets: [{path: /run/web/web.sock}]\nmatch: {mounts: [/run/web]}\n";
}

struct HostManifestsIn : testing::Test {
  void SetUp() override {
    if (geteuid() != 0) return skip("not root: no file here can belong to root");
    chmod(directory.path().c_str(), 0755);
  }
  void put(const std::string& name, const std::string& text) const { write_file(directory / name, text); }
  HostManifests found() const { return read_host_manifests(directory.path()); }
  std::string refusal() const {
    const auto all = found();
    EXPECT_EQ(all.bad.size(), 1u);
    if (all.bad.empty()) return "";
    EXPECT_EQ(all.bad[0].code, ownership::ExitCode::bad_manifest);
    return all.bad[0].object + ": " + all.bad[0].why;
  }

  TempDir directory;
};

TEST_F(HostManifestsIn, AreReadInTheOrderOfTheirNames) {
  put("b.yaml", manifest_of("second"));
  put("a.yaml", manifest_of("first"));
  put(".hidden.yaml", "nonsense");
  put("notes.txt", "nonsense");
  chmod((directory / "b.yaml").c_str(), 0600);
  chmod((directory / "a.yaml").c_str(), 0644);
  const auto all = found();
  EXPECT_TRUE(all.bad.empty());
  ASSERT_EQ(all.good.size(), 2u);
  EXPECT_EQ(all.good[0].manifest.owner, "first");
  EXPECT_EQ(all.good[0].file, directory / "a.yaml");
  EXPECT_TRUE(all.good[0].is_readable_by_all);
  EXPECT_FALSE(all.good[1].is_readable_by_all);
}

TEST_F(HostManifestsIn, ADirectoryThatIsNotThereAreNone) {
  const auto all = read_host_manifests(directory / "nowhere");
  EXPECT_TRUE(all.good.empty());
  EXPECT_TRUE(all.bad.empty());
}

TEST_F(HostManifestsIn, AreRefusedWhenOthersMayWriteThem) {
  put("a.yaml", manifest_of("shop"));
  for (const mode_t mode : {0664u, 0646u}) {
    chmod((directory / "a.yaml").c_str(), mode);
    EXPECT_EQ(refusal(), directory / "a.yaml" + ": others may write it");
  }
  chmod((directory / "a.yaml").c_str(), 0644);
  EXPECT_TRUE(found().bad.empty());
  chmod(directory.path().c_str(), 0777);
  EXPECT_EQ(refusal(), directory.path() + ": others may write it");
}

TEST_F(HostManifestsIn, AreRefusedWhenTheyAreNotRoots) {
  put("a.yaml", manifest_of("shop"));
  ASSERT_EQ(chown((directory / "a.yaml").c_str(), 1000, 0), 0);
  EXPECT_EQ(refusal(), directory / "a.yaml" + ": it belongs to uid 1000, not to root");
  ASSERT_EQ(chown(directory.path().c_str(), 65534, 0), 0);
  EXPECT_EQ(refusal(), directory.path() + ": it belongs to uid 65534, not to root");
}

TEST_F(HostManifestsIn, AreNotRefusedForContainersThatTheyDoNotSpeakOf) {
  put("a.yaml", manifest_of("shop"));
  chmod((directory / "a.yaml").c_str(), 0644);
  const auto refused = [&](const std::string& word) {
    const auto all =
        read_host_manifests(directory.path(), [&](std::string_view text) { return text.find(word) != text.npos; });
    EXPECT_TRUE(all.good.empty());
    return !all.bad.empty();
  };
  chmod(directory.path().c_str(), 0777);
  EXPECT_TRUE(refused("/run/web"));
  EXPECT_FALSE(refused("/run/other"));
  ASSERT_EQ(mkfifo((directory / "b.yaml").c_str(), 0644), 0);
  EXPECT_TRUE(refused("/run/other")) << "what cannot be read may speak of it";
}

TEST_F(HostManifestsIn, AreFilesAlone) {
  TempDir elsewhere;
  write_file(elsewhere / "a.yaml", manifest_of("shop"));
  ASSERT_EQ(symlink((elsewhere / "a.yaml").c_str(), (directory / "a.yaml").c_str()), 0);
  EXPECT_EQ(refusal(), directory / "a.yaml" + ": it is a link");
  unlink((directory / "a.yaml").c_str());
  ASSERT_EQ(mkfifo((directory / "a.yaml").c_str(), 0644), 0);
  EXPECT_EQ(refusal(), directory / "a.yaml" + ": it is no file");
}

TEST_F(HostManifestsIn, DoNotSpoilOneAnother) {
  put("a.yaml", "version: 1\nowner: shop\nsokets: []\npid_files: [/run/web/web.pid]\nmacth: {}\n");
  put("b.yaml", manifest_of("shop"));
  put("c.yaml", std::string(70'000, ' '));
  const auto all = found();
  ASSERT_EQ(all.good.size(), 1u);
  ASSERT_EQ(all.bad.size(), 2u);
  EXPECT_NE(all.bad[0].why.find("a.yaml:3:1: sokets: unknown key; did you mean 'sockets'?"), std::string::npos)
      << all.bad[0].why;
  EXPECT_NE(all.bad[1].why.find("larger than 64 KiB"), std::string::npos) << all.bad[1].why;
}

TEST(HostManifest, SpeaksOfAContainerThatHasAllThatItNames) {
  BundleConfig config;
  config.annotations = {{"io.solinit.owner", "shop"}, {"other", "x"}};
  config.mounts = {{"/proc", "", "", {}}, {"/run/web/", "", "", {}}};
  manifests::Manifest manifest;
  EXPECT_FALSE(speaks_of(manifest, config));
  manifest.match = {{{"io.solinit.owner", "shop"}}, {}};
  EXPECT_TRUE(speaks_of(manifest, config));
  manifest.match->mounts = {"/run/web"};
  EXPECT_TRUE(speaks_of(manifest, config));
  manifest.match->mounts = {"/run/web", "/run"};
  EXPECT_FALSE(speaks_of(manifest, config));
  manifest.match = {{{"io.solinit.owner", "sho"}}, {"/run/web"}};
  EXPECT_FALSE(speaks_of(manifest, config));
  manifest.match = {{{"absent", ""}}, {}};
  EXPECT_FALSE(speaks_of(manifest, config));
}

}  // namespace
}  // namespace support
