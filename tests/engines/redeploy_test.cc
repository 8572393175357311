#include <csignal>
#include <memory>

#include "tests/engines/shop.h"

namespace engines {
namespace {

constexpr int launches = 5;

std::string generation(int number) { return "generation" + std::to_string(number); }

/// Launches in one container, each by the engine's exec; its log and exit code come to files on the volume.
struct Redeploy : UnderEngine {
  void launch(Container& inside, const std::string& name, const Argv& command) {
    // The shell keeps nothing of what it was given: a runtime waits for all who hold its output.
    const std::string script =
        "{ \"$@\" >/run/web/$0.log 2>&1; echo $? >/run/web/$0.exit; } </dev/null >/dev/null 2>&1 &";
    Argv words{"/bin/sh", "-c", script, name};
    words.insert(words.end(), command.begin(), command.end());
    EXPECT_EQ(inside.exec(words).exit_code, 0);
  }
  std::string log_of(const std::string& name) const { return read_file(shop.on_host("/run/web/" + name + ".log")); }
  std::string exit_of(const std::string& name) const {
    const std::string file = shop.on_host("/run/web/" + name + ".exit");
    wait_until([&] { return !read_file(file).empty(); });
    return read_file(file);
  }
  Recipe idle() const { return shop.recipe({"/solinit", "--", "/bin/sleep", "1000000"}); }
  Argv blind(const std::string& name) const { return shop.blind(name, {"--unlink-first"}).command; }
  Argv solinit(const std::string& name) const {
    Argv command{"/solinit", "-m", "/etc/solinit/manifest.yaml", "--"};
    for (const auto& word : blind(name)) command.push_back(word);
    return command;
  }
};

}  // namespace

TEST_P(Redeploy, OfABlindServerLeaksEveryPredecessor) {
  Container host(kind(), shop.recipe({"/bin/sleep", "1000000"}));
  const Observer observer(shop.mark());
  for (int number = 1; number <= 2; ++number) {
    launch(host, generation(number), blind(generation(number)));
    ASSERT_TRUE(shop.serves(generation(number)));
  }
  EXPECT_EQ(shop.web_processes().size(), 2u);
  EXPECT_EQ(Shop::listeners(host).size(), 2u);
  EXPECT_TRUE(wait_until([&] { return observer.most_at_once() == 2; }))
      << "the observer sees only " << observer.most_at_once();
}

TEST_P(Redeploy, InOneContainerLeavesTheNewestAloneAlive) {
  Container host(kind(), idle());
  launch(host, "leaked", blind("leaked"));
  ASSERT_TRUE(shop.serves("leaked"));
  shop.own_socket();

  const Observer observer(shop.mark());
  for (int number = 1; number <= launches; ++number) {
    launch(host, generation(number), solinit(generation(number)));
    ASSERT_TRUE(shop.serves(generation(number))) << log_of(generation(number)) << log_of(generation(number - 1));
    if (number > 1) {
      EXPECT_EQ(exit_of(generation(number - 1)), "0\n");
      EXPECT_NE(log_of(generation(number - 1)).find("superseded by container=" + host.id()), std::string::npos)
          << log_of(generation(number - 1));
    }
    EXPECT_TRUE(shop.one_serves(host));
  }
  EXPECT_LE(observer.most_at_once(), 1u);
  EXPECT_GT(observer.looks(), 20);
  EXPECT_NE(log_of(generation(1)).find("evicted"), std::string::npos) << log_of(generation(1));
  EXPECT_NE(exit_of("leaked"), "");
}

TEST_P(Redeploy, OfContainersOnOneVolumeLeavesTheNewestAloneAlive) {
  shop.own_socket();
  Argv first{"/bin/sh", "-c",
             "/witness_server --mark " + shop.mark() +
                 " --unlink-first leaked /run/web/web.sock & until [ -S /run/web/web.sock ]; do :; done;"
                 " exec /solinit -- \"$0\" \"$@\""};
  for (const auto& word : blind(generation(1))) first.push_back(word);

  const Observer observer(shop.mark());
  std::vector<std::unique_ptr<Container>> containers;
  for (int number = 1; number <= launches; ++number) {
    const Recipe next = number == 1 ? shop.recipe(first) : shop.solinit(generation(number), {"--unlink-first"});
    containers.push_back(std::make_unique<Container>(kind(), next));
    ASSERT_TRUE(shop.serves(generation(number))) << containers.back()->log();
    if (number > 1) {
      Container& old = *containers[static_cast<std::size_t>(number) - 2];
      EXPECT_EQ(old.exit_code(), 0) << old.log();
      EXPECT_NE(old.log().find("superseded by"), std::string::npos) << old.log();
      EXPECT_NE(old.log().find(containers.back()->id()), std::string::npos) << old.log();
    }
    EXPECT_TRUE(shop.one_serves(*containers.back()));
  }
  EXPECT_LE(observer.most_at_once(), 1u);
  EXPECT_NE(containers.front()->log().find("evicted"), std::string::npos) << containers.front()->log();
}

TEST_P(Redeploy, IsRefusedWhileTheFirstLives) {
  shop.own_socket("takeover: {policy: refuse}\n");
  Container first(kind(), shop.solinit(generation(1), {"--unlink-first"}));
  ASSERT_TRUE(shop.serves(generation(1))) << first.log();
  const Observer observer(shop.mark());
  for (int number = 2; number <= launches; ++number) {
    launch(first, generation(number), solinit(generation(number)));
    EXPECT_EQ(exit_of(generation(number)), "75\n") << log_of(generation(number));
    Container other(kind(), shop.solinit(generation(number), {"--unlink-first"}));
    EXPECT_EQ(other.exit_code(), 75) << other.log();
    EXPECT_EQ(shop.answer(), generation(1));
  }
  EXPECT_LE(observer.most_at_once(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Under, Redeploy, every_engine, test_name);

}  // namespace engines
