#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <csignal>
#include <functional>
#include <optional>
#include <ostream>

#include "tests/support/load.h"
#include "tests/support/observer.h"
#include "tests/support/requirement.h"
#include "tests/support/sockets.h"
#include "tests/support/tracer.h"
#include "tests/support/volume.h"

// Design section 7's matrix: each side of a handover is killed, held for a while, or held beyond the other's patience, just
// before and just after it sends each of its messages. A tracer holds it exactly there, as SIGSTOP or `docker pause` may.

namespace support {
namespace {

enum class Side { newcomer, predecessor };
enum class When { before, after };

struct Moment {
  std::string order;
  Side side;
  int message;  ///< which of those that it sends: the newcomer TAKE, DRAIN in strict order, READY; the other one's answers
  When when;
};

std::string name_of(const Moment& moment) {
  static const std::vector<std::string> strict[] = {{"TAKE", "DRAIN", "READY"}, {"GRANT", "STOPPED", "BYE"}};
  static const std::vector<std::string> overlap[] = {{"TAKE", "READY"}, {"GRANT", "BYE"}};
  const auto side = static_cast<std::size_t>(moment.side), message = static_cast<std::size_t>(moment.message - 1);
  const auto& word = (moment.order == "strict" ? strict : overlap)[side].at(message);
  return (moment.order == "strict" ? "InStrictOrder" : "InOverlap") +
         std::string(moment.when == When::before ? "Before" : "After") + word;
}

std::ostream& operator<<(std::ostream& out, const Moment& moment) { return out << name_of(moment); }

std::vector<Moment> moments() {
  std::vector<Moment> all;
  for (const std::string order : {"strict", "overlap"})
    for (const auto side : {Side::newcomer, Side::predecessor})
      for (int message = 1; message <= (order == "strict" ? 3 : 2); ++message)
        for (const auto when : {When::before, When::after}) all.push_back({order, side, message, when});
  return all;
}

class AtEachMessage : public testing::TestWithParam<Moment> {
 protected:
  void SetUp() override {
    if (const auto lack = lack_of_namespaces(); !lack.empty()) return skip(lack);
    if (const auto lack = lack_of_tracing(); !lack.empty()) return skip(lack);
  }

  void begin(const std::string& patience) {
    manifest_ = volume_.manifest_owning("web.sock", "    activation: inherit\nstop: {grace: 500ms}\ntakeover: {drain: "
                                                    "10ms, patience: " + patience + ", order: " + GetParam().order + "}\n");
    observer_.emplace(socket_);
  }

  /// Runs the handover until this moment: the side that it speaks of is held then.
  std::optional<Tracer> hold() {
    auto tracer = GetParam().side == Side::newcomer ? hold_newcomer() : hold_predecessor();
    if (tracer && GetParam().when == When::after && !tracer->finish_call()) return std::nullopt;
    return tracer;
  }
  std::optional<Tracer> hold_newcomer() {
    first_.emplace(generation("first"));
    EXPECT_TRUE(serves(socket_, "first")) << first_->log();
    load_.emplace(socket_, 4);
    second_.emplace(traced("second"));
    return hold_at_call(*second_, is_the_message(), [] {});
  }
  std::optional<Tracer> hold_predecessor() {
    first_.emplace(traced("first"));
    return hold_at_call(*first_, is_the_message(), [&] {
      // To ask it would be to wait for a launcher that waits for us.
      if (second_ || first_->out().find("ready") == std::string::npos) return;
      load_.emplace(socket_, 4);
      second_.emplace(generation("second"));
    });
  }
  /// A launcher sends nothing but messages by sendmsg(2).
  static std::function<bool(long)> is_the_message() {
    return [sent = 0](long call) mutable { return call == SYS_sendmsg && ++sent == GetParam().message; };
  }

  bool somebody_serves() {
    return wait_until([&] { return ask(socket_) == "first" || ask(socket_) == "second"; });
  }

  void expect_one() {
    observer_->stop();
    EXPECT_LE(observer_->most_at_once(), GetParam().order == "strict" ? 1U : 2U);
    EXPECT_TRUE(wait_until([&] { return witnesses_alive(socket_).size() == 1; })) << logs();
  }
  void expect_no_failed_request() {
    load_->stop();
    EXPECT_EQ(load_->failed(), 0) << load_->first_failure() << logs();
  }
  /// Whoever comes next gets the lease: it was not lost.
  void expect_successor() {
    Child next(generation("next"));
    EXPECT_TRUE(serves(socket_, "next")) << next.log() << logs();
    next.signal(SIGTERM);
    EXPECT_EQ(next.ending(), exited(0)) << next.log();
  }

  Settings generation(const std::string& id) const {
    return container(id, manifest_, witness_server(id, socket_, {"--inherit"}));
  }
  Settings traced(const std::string& id) const {
    auto settings = generation(id);
    settings.is_traced = true;
    return settings;
  }
  std::string logs() const {
    return "\nfirst:\n" + (first_ ? first_->log() : "") + "second:\n" + (second_ ? second_->log() : "");
  }

  Volume volume_;
  std::string socket_ = volume_ / "web.sock", manifest_;
  std::optional<Observer> observer_;
  std::optional<Load> load_;
  std::optional<Child> first_, second_;
};

INSTANTIATE_TEST_SUITE_P(, AtEachMessage, testing::ValuesIn(moments()),
                         [](const auto& one) { return name_of(one.param); });

TEST_P(AtEachMessage, DeathLeavesOneServing) {
  begin("30s");
  auto held = hold();
  ASSERT_TRUE(held) << logs();
  held->crash();
  auto& survivor = GetParam().side == Side::newcomer ? *first_ : *second_;
  // Of a newcomer that has said READY the predecessor need not hear that it died: then the next one comes to a stale path.
  const bool may_be_nobody = GetParam().side == Side::newcomer && name_of(GetParam()).ends_with("AfterREADY");
  EXPECT_TRUE(wait_until([&] {
    return ask(socket_) == (GetParam().side == Side::newcomer ? "first" : "second") || (may_be_nobody && !survivor.runs());
  })) << logs();
  load_->stop();  // who was being served by a web process that was killed is not
  if (survivor.runs()) expect_one();
  expect_successor();
}

TEST_P(AtEachMessage, APauseLosesNoRequest) {
  begin("30s");
  auto held = hold();
  ASSERT_TRUE(held) << logs();
  const auto end = Clock::now() + 200ms;
  wait_until([&] { return Clock::now() >= end; });
  held->release();
  EXPECT_TRUE(second_->logs("took over from")) << logs();
  EXPECT_TRUE(wait_until([&] { return ask(socket_) == "second"; })) << logs();
  EXPECT_EQ(first_->ending(), exited(0)) << logs();
  expect_no_failed_request();
  expect_one();
}

TEST_P(AtEachMessage, APauseBeyondPatienceLeavesOneServing) {
  begin("2s");
  auto held = hold();
  ASSERT_TRUE(held) << logs();
  const auto end = Clock::now() + 2500ms;
  wait_until([&] { return Clock::now() >= end; });
  held->release();
  EXPECT_TRUE(somebody_serves()) << logs();
  EXPECT_TRUE(wait_until([&] { return !first_->runs() || !second_->runs(); })) << logs();
  EXPECT_TRUE(somebody_serves()) << logs();
  expect_no_failed_request();
  expect_one();
  expect_successor();
}

}  // namespace
}  // namespace support
