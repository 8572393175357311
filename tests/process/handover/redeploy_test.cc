#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <csignal>
#include <iostream>

#include "tests/support/load.h"
#include "tests/support/observer.h"
#include "tests/support/programs.h"
#include "tests/support/requirement.h"
#include "tests/support/sockets.h"
#include "tests/support/volume.h"

// Redeploys under load: each generation is a container of its own that shares the volume alone. No request is lost.

namespace support {
namespace {

class Redeploy : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto lack = lack_of_namespaces(); !lack.empty()) skip(lack);
  }
  std::string manifest(const std::string& takeover, const std::string& more = "") const {
    return volume.manifest_owning("web.sock", "    activation: inherit\nstop: {grace: 1s}\ntakeover: {drain: 50ms, " +
                                                  takeover + "}\n" + more);
  }
  Settings generation(const std::string& id, const std::string& takeover, std::vector<std::string> options = {},
                      const std::string& more = "") const {
    options.insert(options.begin(), "--inherit");
    return container(id, manifest(takeover, more), witness_server(id, socket, std::move(options)));
  }
  void expect_no_loss(const Load& load) const {
    EXPECT_EQ(load.failed(), 0) << load.first_failure() << " of " << load.served();
  }
  /// Five redeploys; each waits until the newcomer serves and its predecessor has gone.
  void redeploy(int clients, const std::string& takeover, const std::vector<std::string>& options = {}) {
    Child first(generation("generation0", takeover, options));
    ASSERT_TRUE(serves(socket, "generation0")) << first.log();
    Load load(socket, clients);
    for (int number = 1; number <= 5; ++number) {
      const auto id = "generation" + std::to_string(number);
      Child next(generation(id, takeover, options));
      ASSERT_TRUE(next.logs("took over from")) << next.log() << first.log();
      EXPECT_EQ(first.ending(), exited(0)) << first.log();
      EXPECT_NE(first.log().find("superseded by container=" + id), std::string::npos) << first.log();
      const long before = load.served();
      EXPECT_TRUE(wait_until([&] { return load.served() > before + 10 * clients; })) << next.log();
      first = std::move(next);
    }
    load.stop();
    expect_no_loss(load);
    EXPECT_EQ(load.by_server().size(), 6U);
    EXPECT_EQ(volume.leftovers(), std::vector<std::string>());
    std::cout << load.served() << " requests over 5 redeploys, none failed; the longest took " << load.longest().count()
              << " ms\n";
  }

  Volume volume;
  std::string socket = volume / "web.sock";
};

/// A server that drops at its stop signal what it has not answered yet, and one client whose request it has accepted.
class LongRequest : public Redeploy {
 protected:
  std::string answer_across_a_redeploy(const std::string& drain, const std::string& delay) {
    const auto path = volume.manifest_owning("web.sock", "    activation: inherit\ntakeover: {drain: " + drain + "}\n");
    Child first(container("first", path, witness_server("first", socket, {"--inherit", "--slow", delay})));
    // Else the launcher's own look at it may wait in the queue behind us.
    Settings ready;
    ready.command = {solinit(), "--manifest", path, "--ready"};
    EXPECT_TRUE(wait_until([&] { return Child(ready).ending() == exited(0); })) << first.log();
    const auto client = connect_to(socket, SOCK_STREAM);
    constexpr std::string_view request = "GET /slow HTTP/1.0\r\n\r\n";
    EXPECT_EQ(send(client.get(), request.data(), request.size(), MSG_NOSIGNAL), std::ssize(request));
    EXPECT_TRUE(first.says("answering")) << first.log();
    Child next(container("next", path, witness_server("next", socket, {"--inherit"})));
    // Who asks before that waits in the queue of the server that is busy, and the drain for them.
    EXPECT_NE(next.witness(), 0) << next.log();
    EXPECT_TRUE(serves(socket, "next")) << next.log();
    EXPECT_EQ(first.ending(), exited(0)) << first.log();
    std::array<char, 256> room;
    const auto size = recv(client.get(), room.data(), room.size(), MSG_DONTWAIT);
    return size > 0 ? std::string(room.data(), static_cast<std::size_t>(size)) : std::string();
  }
};

TEST_F(LongRequest, IsLostWhereItTakesLongerThanTheDrainAndIsDroppedAtTheStopSignal) {
  EXPECT_EQ(answer_across_a_redeploy("50ms", "30000"), "");
}

TEST_F(LongRequest, IsAnsweredWhereItTakesLessThanTheDrain) {
  EXPECT_TRUE(answer_across_a_redeploy("2s", "300").find("first ") != std::string::npos);
}

TEST_F(Redeploy, InStrictOrderLosesNoRequestOfEightClients) { redeploy(8, "order: strict"); }
TEST_F(Redeploy, InStrictOrderLosesNoRequestOfThirtyTwoClients) { redeploy(32, "order: strict"); }
TEST_F(Redeploy, InOverlapLosesNoRequestOfEightClients) { redeploy(8, "order: overlap"); }
TEST_F(Redeploy, InOverlapLosesNoRequestOfThirtyTwoClients) { redeploy(32, "order: overlap"); }

TEST_F(Redeploy, InStrictOrderWaitsForASlowServer) {
  redeploy(8, "order: strict", {"--start-delay", "200"});
}

TEST_F(Redeploy, InStrictOrderNeverHasTwoWebProcesses) {
  Observer observer(socket);
  redeploy(4, "order: strict");
  observer.stop();
  EXPECT_EQ(observer.most_at_once(), 1U);
}

TEST_F(Redeploy, InOverlapHasTwoForAWhile) {
  Observer observer(socket);
  redeploy(4, "order: overlap");
  observer.stop();
  EXPECT_EQ(observer.most_at_once(), 2U);
}

/// How a successor fails, and what it leaves with.
struct Failure {
  std::string name;
  std::vector<std::string> options;
  std::string ready;
  int code;
};
std::ostream& operator<<(std::ostream& out, const Failure& one) { return out << one.name; }

class RollingBack : public Redeploy, public testing::WithParamInterface<std::tuple<std::string, Failure>> {};

TEST_P(RollingBack, LosesNoRequest) {
  const auto& [order, failure] = GetParam();
  const auto takeover = "order: " + order;
  Child first(generation("first", takeover));
  ASSERT_TRUE(serves(socket, "first")) << first.log();
  Load load(socket, 8);
  for (int attempt = 0; attempt < 3; ++attempt) {
    Child second(generation("second", takeover, failure.options, failure.ready));
    EXPECT_EQ(second.ending(), exited(failure.code)) << second.log();
    EXPECT_TRUE(serves(socket, "first")) << first.log() << second.log();
    const long before = load.served();
    EXPECT_TRUE(wait_until([&] { return load.served() > before + 100; })) << first.log() << second.log();
  }
  load.stop();
  expect_no_loss(load);
  EXPECT_TRUE(first.runs()) << first.log();
  EXPECT_EQ(witnesses_alive(socket).size(), 1U);
  EXPECT_EQ(volume.leftovers(), std::vector<std::string>());

  Child third(generation("third", takeover));
  EXPECT_TRUE(third.logs("took over from")) << third.log();
  EXPECT_EQ(ask(socket), "third");
  EXPECT_EQ(first.ending(), exited(0)) << first.log();
}

INSTANTIATE_TEST_SUITE_P(
    Redeploy, RollingBack,
    testing::Combine(testing::Values("strict", "overlap"),
                     testing::Values(Failure{"FromOneThatExitsAtOnce", {"--exit-after-start", "9"}, "", 9},
                                     Failure{"FromOneThatNeverAccepts",
                                             {"--no-accept"},
                                             "ready: {timeout: 300ms}\n",
                                             69},
                                     Failure{"FromOneThatIsNotWell",
                                             {"--http-status", "500"},
                                             "ready: {when: {http: /healthz}, timeout: 300ms}\n",
                                             69})),
    [](const auto& one) {
      return std::get<1>(one.param).name + (std::get<0>(one.param) == "strict" ? "InStrictOrder" : "InOverlap");
    });

/// Of two containers that their engine restarts always, the superseded one stands by: they do not fight.
TEST_F(Redeploy, EndsWithTheSupersededStandingBy) {
  Child first(generation("first", "order: strict"));
  ASSERT_TRUE(serves(socket, "first")) << first.log();
  Child second(generation("second", "order: strict"));
  ASSERT_TRUE(second.logs("took over from")) << second.log();
  ASSERT_EQ(first.ending(), exited(0)) << first.log();
  Load load(socket, 4);
  Child again(generation("first", "order: strict"));
  ASSERT_TRUE(again.logs("standing by")) << again.log();
  const long before = load.served();
  EXPECT_TRUE(wait_until([&] { return load.served() > before + 100; }));
  load.stop();
  expect_no_loss(load);
  second.signal(SIGKILL);
  EXPECT_TRUE(serves(socket, "first")) << again.log();
}

/// From a server that makes its socket itself to one that inherits it, and back.
TEST_F(Redeploy, ChangesTheActivation) {
  const auto bind = [&](const std::string& id) {
    return container(id, volume.manifest_owning("web.sock", "stop: {grace: 1s}\n"), witness_server(id, socket));
  };
  Child first(bind("first"));
  ASSERT_TRUE(serves(socket, "first")) << first.log();
  Child second(generation("second", "order: overlap"));
  ASSERT_TRUE(second.logs("took over from")) << second.log() << first.log();
  EXPECT_EQ(first.ending(), exited(0)) << first.log();
  EXPECT_EQ(ask(socket), "second");
  Child third(bind("third"));
  ASSERT_TRUE(third.logs("took over from")) << third.log() << second.log();
  EXPECT_EQ(second.ending(), exited(0)) << second.log();
  EXPECT_EQ(ask(socket), "third");
  EXPECT_EQ(volume.leftovers(), std::vector<std::string>());
}

}  // namespace
}  // namespace support
