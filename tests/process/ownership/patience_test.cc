#include "ownership/patience.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "ownership/fd.h"
#include "tests/support/wait.h"

namespace {

using namespace ownership;
using namespace std::chrono_literals;

struct Mind {
  int wake = -1;
  bool abandons = false;
  int times = 0;
};

bool mind(void* context) noexcept {
  auto& state = *static_cast<Mind*>(context);
  eventfd_t count = 0;
  eventfd_read(state.wake, &count);
  ++state.times;
  return state.abandons;
}

TEST(Patience, EndsWithoutAnEvent) {
  const auto took = support::duration_of([] { EXPECT_EQ(Patience(Clock::now() + 30ms).wait(-1, 0), Woke::timed_out); });
  EXPECT_GE(took, 29ms);
  EXPECT_EQ(Patience(Clock::now() - 1s).wait(-1, 0), Woke::timed_out);
}

TEST(Patience, IsReadyEvenWhenItIsOver) {
  const Fd event(eventfd(1, EFD_CLOEXEC));
  EXPECT_EQ(Patience(Clock::now() - 1s).wait(event.get(), POLLIN), Woke::ready);
  EXPECT_EQ(Patience(Deadline::max()).wait(event.get(), POLLIN), Woke::ready);
}

TEST(Patience, MindsOtherThingsAndGoesOnOrNot) {
  const Fd wake(eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK));
  Mind state{wake.get(), false};
  const Patience patience(Clock::now() + 30ms, wake.get(), mind, &state);
  EXPECT_EQ(patience.wait(-1, 0), Woke::timed_out);
  EXPECT_EQ(state.times, 1);
  state.abandons = true;
  eventfd_write(wake.get(), 1);
  EXPECT_EQ(Patience(Deadline::max(), wake.get(), mind, &state).pause(1h), Woke::interrupted);
}

TEST(Patience, IsNeverLongerThanItWas) {
  const auto end = Clock::now() + 10ms;
  EXPECT_EQ(Patience(end).until(end + 1h).end(), end);
  EXPECT_EQ(Patience(end).until(end - 5ms).end(), end - 5ms);
  EXPECT_EQ(Patience(Clock::now() + 10ms).pause(1h), Woke::timed_out);
}

}  // namespace
