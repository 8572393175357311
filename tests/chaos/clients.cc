#include "tests/chaos/clients.h"

#include <poll.h>

#include "tests/support/load.h"

namespace chaos {

Clients::Clients(const std::string& owner, const std::string& socket, int count, const Ledger& ledger, Report& report)
    : owner_(owner), socket_(socket), ledger_(ledger), report_(report) {
  for (int i = 0; i < count; ++i) threads_.emplace_back([this] { ask_on(); });
}

Clients::~Clients() {
  is_over_ = true;
  for (auto& thread : threads_) thread.join();
}

void Clients::ask_on() {
  constexpr int thinks = 2;  // milliseconds: what serves and what is observed shall get its share of the machine
  while (!is_over_) {
    const auto begin = Clock::now();
    auto outcome = support::request(socket_, {});
    const auto end = Clock::now();
    report_.waited(std::chrono::duration_cast<std::chrono::milliseconds>(end - begin));
    if (outcome.failure.empty() && !outcome.server.starts_with(owner_ + "."))
      outcome.failure = "answered by " + outcome.server;
    if (outcome.failure.empty())
      report_.served();
    else if (ledger_.excuses(begin, end))
      report_.excused();
    else
      report_.breach("P4", owner_, "a request failed and no fault broke connections: " + outcome.failure);
    ::poll(nullptr, 0, thinks);
  }
}

}  // namespace chaos
