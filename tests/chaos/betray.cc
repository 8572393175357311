#include "tests/chaos/betray.h"

#include <unistd.h>

#include <csignal>

#include "tests/chaos/adversary.h"
#include "tests/chaos/clients.h"
#include "tests/support/wait.h"

namespace chaos {

using namespace std::chrono_literals;

void betray(const std::string& promise, const std::vector<Owner>& owners, const Place& place, Children& children,
            Report& report) {
  // Where two may live at once, a third without a lease breaks P3 alone.
  const auto& owner = promise == "P3" ? owners.back() : owners.front();
  const Observer observer(owners, report);
  Ledger ledger;
  Adversary adversary(owner, place, children, ledger, report, promise == "P8" ? 1s : 30s);
  const Clients clients(owner.name, owner.socket(), 2, ledger, report);
  adversary.begin({});
  // Told by the observer alone: the clients' failures are no matter here.
  if (promise != "P4") ledger.open(Clock::now());
  std::unique_ptr<Container> blind;
  if (promise == "P1" || promise == "P3") {
    blind = adversary.make({}, {}, true);
    blind->start();
  } else if (promise == "P2") {
    ::unlink((owner.volume->path() + "/bystander.sock").c_str());
  } else if (promise == "P4") {
    ::unlink(owner.socket().c_str());
    adversary.current().kill_all();
  } else if (promise == "P6") {
    adversary.current().kill_all();
    support::wait_until([&] { return !adversary.current().runs(); });
    adversary.inflict({});
  } else if (promise == "P8") {
    adversary.current().signal(adversary.current().first(), SIGSTOP);
    adversary.inflict({});
  }
  support::wait_until([&] { return report.is_breached(); });
}

}  // namespace chaos
