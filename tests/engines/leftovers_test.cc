#include <sys/stat.h>

#include <csignal>

#include "tests/engines/shop.h"

namespace engines {
namespace {

struct Leftovers : UnderEngine {
  bool has_socket() const {
    struct stat found {};
    return ::stat(shop.on_host(socket_path).c_str(), &found) == 0 && S_ISSOCK(found.st_mode);
  }

  static void kill_and_wait(Container& container) {
    container.kill(SIGKILL);
    ASSERT_EQ(container.exit_code(), 137) << container.log();
  }
};

const Argv with_pid_file{"--unlink-first", "--pid-file", pid_file_path};
const Argv as_rails{"--tcp", "8080", "--pid-file", pid_file_path};

/// Makes number 77 the number of a living process of its tree, then becomes the witness. The first dozen numbers are no
/// good: the threads of the OCI runtime, which was PID 1 before, have used them up.
Argv after_number_77_lives(Argv witness) {
  Argv command{"/bin/sh", "-c",
               "until kill -0 77 2>/dev/null; do sleep 1000 & [ $! -le 77 ] || exit 99; done; exec \"$0\" \"$@\""};
  command.insert(command.end(), witness.begin(), witness.end());
  return command;
}

Argv behind_solinit(Argv command) {
  command.insert(command.begin(), {"/solinit", "--"});
  return command;
}

bool answers_tcp(Container& web, const std::string& name) {
  return wait_until([&] { return web.exec({"nc", "127.0.0.1", "8080"}).out.starts_with(name + " "); });
}

}  // namespace

TEST_P(Leftovers, StopABlindServer) {
  Container web(kind(), shop.blind("first"));
  ASSERT_TRUE(shop.serves("first")) << web.log();
  kill_and_wait(web);
  ASSERT_TRUE(has_socket());
  web.start();
  EXPECT_EQ(web.exit_code(), 1);
  EXPECT_NE(web.log().find("Address already in use"), std::string::npos) << web.log();
}

TEST_P(Leftovers, OfSigkillGiveWayToTheNextStart) {
  shop.own_socket();
  Container web(kind(), shop.solinit("first"));
  ASSERT_TRUE(shop.serves("first")) << web.log();
  for (int restarts = 0; restarts < 3; ++restarts) {
    kill_and_wait(web);
    ASSERT_TRUE(has_socket());
    ASSERT_EQ(shop.answer(), std::nullopt);
    web.start();
    ASSERT_TRUE(shop.serves("first")) << web.log();
    ASSERT_EQ(shop.web_processes().size(), 1u);
  }
}

TEST_P(Leftovers, GiveWayInANewContainerToo) {
  shop.own_socket();
  {
    Container old(kind(), shop.solinit("old"));
    ASSERT_TRUE(shop.serves("old")) << old.log();
    kill_and_wait(old);
  }
  ASSERT_TRUE(has_socket());
  Container young(kind(), shop.solinit("young"));
  EXPECT_TRUE(shop.serves("young")) << young.log();
}

TEST_P(Leftovers, WithALivingNumberStopABlindServer) {
  write_file(shop.on_host(pid_file_path), "1\n");
  Container one(kind(), shop.blind("blind", with_pid_file));
  EXPECT_EQ(one.exit_code(), 1);
  EXPECT_NE(one.log().find("already running (pid: 1,"), std::string::npos) << one.log();

  write_file(shop.on_host(pid_file_path), "77\n");
  Container other(kind(), shop.recipe(after_number_77_lives(shop.blind("blind", with_pid_file).command)));
  EXPECT_EQ(other.exit_code(), 1);
  EXPECT_NE(other.log().find("already running (pid: 77,"), std::string::npos) << other.log();
}

TEST_P(Leftovers, WithTheNumberOfPidOneGiveWay) {
  shop.own_socket(std::string("pid_files: [") + pid_file_path + "]\n");
  write_file(shop.on_host(pid_file_path), "1\n");
  Container web(kind(), shop.solinit("first", with_pid_file));
  EXPECT_TRUE(shop.serves("first")) << web.log();
}

TEST_P(Leftovers, WithANumberThatLivesAgainGiveWay) {
  shop.own_socket(std::string("pid_files: [") + pid_file_path + "]\n");
  write_file(shop.on_host(pid_file_path), "77\n");
  Container web(kind(), shop.recipe(behind_solinit(after_number_77_lives(shop.blind("first", with_pid_file).command))));
  EXPECT_TRUE(shop.serves("first")) << web.log();
}

TEST_P(Leftovers, WithTheNumberTheWebProcessGetsAgainGiveWay) {
  shop.own_socket(std::string("pid_files: [") + pid_file_path + "]\n");
  Container web(kind(), shop.solinit("first", with_pid_file));
  ASSERT_TRUE(shop.serves("first")) << web.log();
  const std::string number = read_file(shop.on_host(pid_file_path));
  kill_and_wait(web);
  ASSERT_EQ(read_file(shop.on_host(pid_file_path)), number);
  web.start();
  EXPECT_TRUE(shop.serves("first")) << web.log();
}

TEST_P(Leftovers, OfATcpServerAreItsPidFileOnly) {
  shop.own_pid_file();
  Argv rails{"/witness_server"};
  rails.insert(rails.end(), as_rails.begin(), as_rails.end());
  rails.push_back("rails");
  Container web(kind(), shop.recipe(behind_solinit(rails)));
  ASSERT_TRUE(answers_tcp(web, "rails")) << web.log();
  kill_and_wait(web);
  write_file(shop.on_host(pid_file_path), "1\n");
  web.start();
  EXPECT_TRUE(answers_tcp(web, "rails")) << web.log();
  EXPECT_NE(read_file(shop.on_host(pid_file_path)), "1\n");
}

INSTANTIATE_TEST_SUITE_P(Under, Leftovers, every_engine, test_name);

}  // namespace engines
