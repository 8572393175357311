#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace support {

/// What a client says to a server that is no witness, and what a right answer ends with or has in it.
struct Exchange {
  std::string request, expected;
};

/// What became of a request: who answered, or what failed.
struct Outcome {
  std::string server, failure;
};

/// One request: blocking, as most clients are, and each step of it no longer than 30 s.
Outcome request(const std::string& path, const Exchange& exchange);

/// Clients in a closed loop against a socket: each connects, waits for the answer, and asks again. Whatever is not a
/// whole answer is a failure: no connection, a reset, an end of file, nothing within 30 s. Without an exchange the socket
/// is a witness server's.
class Load {
 public:
  Load(std::string path, int clients, Exchange exchange = {});
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;
  ~Load();

  /// Lets each client finish its request.
  void stop();
  long served() const noexcept { return served_; }
  long failed() const noexcept { return failed_; }
  std::string first_failure() const;
  /// Requests by the server that answered them.
  std::map<std::string, long> by_server() const;
  /// The longest that a client waited for its answer.
  std::chrono::milliseconds longest() const noexcept { return std::chrono::milliseconds(longest_); }

 private:
  void ask_on();
  void count(const std::string& server, const std::string& failure, long milliseconds);

  std::string path_;
  Exchange exchange_;
  std::atomic<bool> is_over_ = false;
  std::atomic<long> served_ = 0, failed_ = 0, longest_ = 0;
  mutable std::mutex guard_;
  std::map<std::string, long> by_server_;
  std::string first_failure_;
  std::vector<std::thread> clients_;
};

}  // namespace support
