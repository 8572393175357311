// Redeploys as people do them: each generation a new container on one volume, while clients ask without a pause.
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <utility>

#include "tests/engines/shop.h"
#include "tests/support/load.h"
#include "tests/support/requirement.h"

namespace engines {
namespace {

/// make soak asks for more.
int from_environment(const char* name, int otherwise) {
  const char* const value = std::getenv(name);
  return value == nullptr ? otherwise : std::atoi(value);
}

const int redeploys = from_environment("SOLINIT_REDEPLOYS", 5);
const std::string path = socket_path;

std::string generation(int number) { return "generation" + std::to_string(number); }

/// How the shop is redeployed: the witness ends at once on TERM, and drops what it has not accepted.
struct Way {
  std::string activation, order;
  int otherwise;  ///< without SOLINIT_CLIENTS
  int clients = from_environment("SOLINIT_CLIENTS", otherwise);
};

/// A web server of Debian's, unchanged.
struct Server {
  std::string program, file, text;  ///< the file is put on the volume
  Argv command;
};

const Server node{"/usr/bin/node",
                  "/run/web/app.js",
                  "const server = require('http').createServer((_, answer) => answer.end('ok\\n'))\n"
                  "server.listen('" +
                      path +
                      "')\n"
                      "process.on('SIGTERM', () => server.close())\n",
                  {"/usr/bin/node", "/run/web/app.js"}};

const Server gunicorn{
    "/usr/bin/gunicorn",
    "/run/web/app.py",
    "def app(environ, start_response):\n"
    "    start_response('200 OK', [('Content-Length', '3')])\n"
    "    return [b'ok\\n']\n",
    {"/usr/bin/python3", "/usr/bin/gunicorn", "--chdir", "/run/web", "--bind", "unix:" + path, "app:app"}};

struct UnderLoad : UnderEngine {
  void own(const Way& way) const {
    shop.own_socket("takeover: {order: " + way.order + "}\n", ", activation: " + way.activation);
  }

  void redeploy(const Way& way) {
    own(way);
    const Argv options{way.activation == "inherit" ? "--inherit" : "--unlink-first"};
    const auto served_by = redeploy(way, "witness", {}, [&](int number) { return shop.solinit(generation(number), options); });
    EXPECT_EQ(served_by, static_cast<std::size_t>(redeploys) + 1);
  }

  void redeploy(const Way& way, const Server& server) {
    if (::access(server.program.c_str(), X_OK) != 0) return support::skip(server.program + " is not installed");
    own(way);
    write_file(shop.on_host(server.file), server.text);
    redeploy(way, server.program.substr(server.program.rfind('/') + 1), {"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n", "ok\n"},
             [&](int) { return of_debian(server.command); });
  }

  /// Returns how many web processes said that they served.
  template <class Make>
  std::size_t redeploy(const Way& way, const std::string& web, const support::Exchange& exchange, const Make& recipe) {
    auto last = std::make_unique<Container>(kind(), recipe(0));
    EXPECT_TRUE(is_owned_by(*last)) << last->log();
    support::Load load(shop.on_host(path), way.clients, exchange);
    for (int number = 1; number <= redeploys && !HasFailure(); ++number) {
      auto next = std::make_unique<Container>(kind(), recipe(number));
      EXPECT_EQ(last->exit_code(60s), 0) << last->log() << next->log();
      EXPECT_NE(last->log().find("superseded by container=" + next->id()), std::string::npos) << last->log();
      EXPECT_EQ(next->log().find("binds its sockets itself"), std::string::npos) << next->log();
      const long before = load.served();
      EXPECT_TRUE(wait_until([&] { return load.served() > before + 10 * way.clients; })) << next->log();
      last = std::move(next);
    }
    load.stop();
    EXPECT_EQ(load.failed(), 0) << load.first_failure() << "\n" << last->log();
    std::cout << "measured: " << name_of(kind()) << ", " << web << ", " << way.activation << ", " << way.order << ", " << way.clients
              << " clients: " << load.served() << " requests over " << redeploys << " redeploys, " << load.failed()
              << " failed; the longest took " << load.longest().count() << " ms\n";
    return load.by_server().size();
  }

  bool is_owned_by(Container& web) const {
    const auto record = shop.on_host("/run/web/.solinit/web.sock.owner");
    return wait_until([&] { return read_file(record).find(web.id()) != std::string::npos; }, 60s);
  }

  /// The host's Debian lends its programs: an image of them would hold the same files.
  Recipe of_debian(const Argv& command) const {
    Recipe made = shop.recipe({"/solinit", "--"});
    made.command.insert(made.command.end(), command.begin(), command.end());
    made.environment = {"PATH=/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE=1"};
    made.mounts.push_back({"/usr", "/usr", true});
    made.mounts.push_back({"/usr/lib", "/lib", true});
    made.mounts.push_back({"/usr/lib64", "/lib64", true});
    return made;
  }
};

struct UnderLoadOfDocker : UnderLoad {};

}  // namespace

TEST_P(UnderLoad, InheritsInStrictOrder) { redeploy({"inherit", "strict", 8}); }
TEST_P(UnderLoad, InheritsInOverlap) { redeploy({"inherit", "overlap", 32}); }
TEST_P(UnderLoad, IsAdoptedInStrictOrder) { redeploy({"adopt", "strict", 32}); }
TEST_P(UnderLoad, IsAdoptedInOverlap) { redeploy({"adopt", "overlap", 8}); }
TEST_P(UnderLoad, AdoptsNodeInStrictOrder) { redeploy({"adopt", "strict", 32}, node); }
TEST_P(UnderLoadOfDocker, AdoptsGunicornInOverlap) { redeploy({"adopt", "overlap", 8}, gunicorn); }

/// Both are always restarted, and each is killed in turn: who has the socket keeps it.
TEST_P(UnderLoad, DoNotFightWhenTheirEngineAlwaysRestartsBoth) {
  own({"adopt", "strict", 1});
  const auto always = [&](const std::string& name) {
    Recipe recipe = shop.solinit(name, {"--unlink-first"});
    recipe.restarts_always = true;
    return recipe;
  };
  const Observer observer(shop.mark());
  Container first(kind(), always("first"));
  ASSERT_TRUE(shop.serves("first")) << first.log();
  Container second(kind(), always("second"));
  ASSERT_TRUE(shop.serves("second")) << second.log();
  std::pair<Container*, std::string> serving{&second, "second"}, waiting{&first, "first"};
  for (int turn = 0; turn < 2; ++turn) {
    ASSERT_TRUE(wait_until([&] { return waiting.first->log().find("standing by for") != std::string::npos; }))
        << waiting.first->log();
    const pid_t stands_by = waiting.first->pid();
    const long looks = observer.looks();
    ASSERT_TRUE(wait_until([&] { return observer.looks() > looks + 20; }));
    EXPECT_EQ(shop.answer(), serving.second);
    EXPECT_EQ(waiting.first->pid(), stands_by) << waiting.first->log();
    const pid_t serves = serving.first->pid();
    ASSERT_GT(serves, 0);
    ASSERT_EQ(::kill(serves, SIGKILL), 0);  // by another than its engine, which restarts it then
    ASSERT_TRUE(shop.serves(waiting.second)) << waiting.first->log() << serving.first->log();
    std::swap(serving, waiting);
  }
  EXPECT_LE(observer.most_at_once(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Under, UnderLoad, with_restart_policy, test_name);
INSTANTIATE_TEST_SUITE_P(Under, UnderLoadOfDocker, testing::Values(Kind::docker), test_name);

}  // namespace engines
