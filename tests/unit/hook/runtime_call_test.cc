#include "hook/runtime_call.h"

#include <gtest/gtest.h>

#include <sstream>
#include <vector>

namespace hook {
namespace {

RuntimeCall understood(const std::string& line) {
  std::istringstream stream(line);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  const std::vector<std::string_view> views(words.begin(), words.end());
  return understand_runtime_call(views);
}

TEST(RuntimeCall, KnowsEverySpellingOfTheBundle) {
  for (const std::string spelling : {"--bundle /b", "--bundle=/b", "-b /b", "-b=/b", "-b/b", "-bundle /b", "-bundle=/b",
                                     "--bund /b", "--b=/b", "--b /b"}) {
    for (const std::string command : {"create", "run"}) {
      const auto call = understood(command + " " + spelling + " c1");
      EXPECT_TRUE(call.makes_container) << spelling;
      EXPECT_EQ(call.bundle, "/b") << spelling;
      EXPECT_EQ(understood(command + " c1 " + spelling).bundle, "/b") << spelling << " after the name";
    }
  }
}

TEST(RuntimeCall, TakesTheWorkingDirectoryWhereNoBundleIsNamed) {
  EXPECT_EQ(understood("create c1").bundle, ".");
  EXPECT_EQ(understood("create c1 --bundle").bundle, ".");
  EXPECT_EQ(understood("create -- c1 --bundle /b").bundle, ".");
  EXPECT_EQ(understood("create --bundle= c1").bundle, ".");
}

TEST(RuntimeCall, CompletesNoOptionThatMayBeTwo) {
  const auto call = understood("create --con other.json --bundle /b c1");
  EXPECT_EQ(call.config, understood("create c1").config) << "--config or --console-socket";
  EXPECT_EQ(call.bundle, "/b");
}

TEST(RuntimeCall, TakesALoneDashForAWord) { EXPECT_EQ(understood("create - --bundle /b").bundle, "/b"); }

TEST(RuntimeCall, FindsTheCommandBehindTheEndOfTheGlobalOptions) {
  const auto call = understood("--debug -- create --bundle /b c1");
  EXPECT_TRUE(call.makes_container);
  EXPECT_EQ(call.bundle, "/b");
}

TEST(RuntimeCall, TakesTheLastOfTwo) { EXPECT_EQ(understood("create -b /a --bundle=/b c1").bundle, "/b"); }

TEST(RuntimeCall, PassesOverGlobalOptions) {
  for (const std::string options :
       {"--root /run/runc", "--root=/run/runc", "--debug --log /l --log-format json", "-root /run/runc",
        "--systemd-cgroup", "--rootless auto --criu criu", "--cgroup-manager=cgroupfs", "--unheard-of",
        "--unheard-of value", "--unheard-of=value --another value"}) {
    const auto call = understood(options + " create --bundle /b c1");
    EXPECT_TRUE(call.makes_container) << options;
    EXPECT_EQ(call.bundle, "/b") << options;
  }
}

TEST(RuntimeCall, IsNotFooledByValuesThatReadLikeWords) {
  EXPECT_FALSE(understood("--root create state c1").makes_container);
  EXPECT_FALSE(understood("--log run kill c1 TERM").makes_container);
  EXPECT_FALSE(understood("exec c1 create --bundle /b").makes_container);
  EXPECT_FALSE(understood("kill c1 run").makes_container);
  EXPECT_EQ(understood("create --pid-file --bundle --bundle /b c1").bundle, "/b");
  EXPECT_EQ(understood("create --console-socket -b -b /b c1").bundle, "/b");
}

TEST(RuntimeCall, LeavesAllOtherCommandsAlone) {
  for (const std::string line :
       {"", "--version", "-v", "--help", "start c1", "kill c1 9", "delete --force c1", "state c1", "features",
        "exec -d c1 sh", "spec --bundle /b", "restore --bundle /b c1", "--root /r"})
    EXPECT_FALSE(understood(line).makes_container) << line;
}

TEST(RuntimeCall, UnderstandsWhatTheEnginesSay) {
  const auto docker = understood(
      "--root /var/run/docker/runtime-runc/moby --log /run/x/log.json --log-format json create --bundle /run/x "
      "--pid-file /run/x/init.pid 6af3");
  EXPECT_TRUE(docker.makes_container);
  EXPECT_EQ(docker.bundle, "/run/x");
  EXPECT_EQ(docker.log, "/run/x/log.json");
  EXPECT_TRUE(docker.logs_json);
  const auto podman = understood(
      "--log-level=warning --systemd-cgroup create --bundle /var/lib/userdata --pid-file /run/pidfile --no-pivot 6af3");
  EXPECT_EQ(podman.bundle, "/var/lib/userdata");
  const auto crun = understood("run -f other.json -b /b c1");
  EXPECT_EQ(crun.config, "other.json");
  EXPECT_EQ(crun.bundle, "/b");
}

}  // namespace
}  // namespace hook
