#pragma once

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "tests/chaos/ledger.h"
#include "tests/chaos/report.h"

namespace chaos {

/// Clients of one owner in a closed loop. What fails, or is answered by another than the owner's web process, is a breach
/// of P4 unless the ledger excuses it.
class Clients {
 public:
  Clients(const std::string& owner, const std::string& socket, int count, const Ledger& ledger, Report& report);
  Clients(const Clients&) = delete;
  Clients& operator=(const Clients&) = delete;
  ~Clients();

 private:
  void ask_on();

  std::string owner_, socket_;
  const Ledger& ledger_;
  Report& report_;
  std::atomic<bool> is_over_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace chaos
