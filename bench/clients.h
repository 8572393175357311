#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "bench/running.h"

namespace bench {

/// One request from connect(2) to the end of the answer.
struct Request {
  Nanoseconds start, end;
  bool is_served;
};

/// Clients in a closed loop against a unix socket: each asks `GET /`, reads to the end of file, and asks again. All that
/// is not a whole answer, within 30 s, has failed.
class Clients {
 public:
  Clients(std::string socket, int count);
  Clients(const Clients&) = delete;
  Clients& operator=(const Clients&) = delete;
  ~Clients();

  /// Lets each finish its request; all requests in the order of their ends.
  std::vector<Request> stop();
  /// Of the first client that met one; to be asked when they have stopped.
  const std::string& first_failure() const noexcept { return first_failure_; }

 private:
  void ask_on(std::vector<Request>& requests);

  std::string socket_;
  std::atomic<bool> is_over_ = false;
  std::mutex guard_;
  std::string first_failure_;
  std::vector<std::vector<Request>> requests_;
  std::vector<std::thread> threads_;
};

struct Answer {
  std::string text;
  std::string failure;  ///< "recv: Connection reset by peer"; empty where the answer is whole
};
Answer answer_at(const std::string& socket);

}  // namespace bench
