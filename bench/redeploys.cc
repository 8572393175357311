// redeploy_bench SOLINIT WITNESS_SERVER PAGE PLOT [REDEPLOYS]: redeploys under load, solinit beside its peers; writes the
// tables of PAGE and draws PLOT.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "bench/clients.h"
#include "bench/contenders.h"
#include "bench/must.h"
#include "bench/plot.h"
#include "bench/table.h"
#include "bench/takeover.h"

namespace {

using namespace bench;
using std::chrono::milliseconds;

constexpr int clients = 8;
constexpr milliseconds interval{10}, shown_before{200}, shown{1000}, rest{900};
constexpr std::size_t intervals = shown / interval, intervals_before = shown_before / interval;

double milliseconds_of(Nanoseconds time) { return std::chrono::duration<double, std::milli>(time).count(); }

/// All that happened to one contender.
struct History {
  std::string name;
  std::vector<Request> requests;
  std::vector<Nanoseconds> begins;  ///< of the redeploys
  std::string first_failure;
};

History redeploy(const Contender& contender, const Place& place, int redeploys) {
  History history{contender.name, {}, {}, {}};
  contender.start();
  Clients load(place.socket(), clients);
  for (int generation = 1; generation <= redeploys; ++generation) {
    std::this_thread::sleep_for(shown_before);
    history.begins.push_back(now());
    contender.redeploy(generation);
    std::this_thread::sleep_until(std::chrono::steady_clock::time_point(history.begins.back() + rest));
  }
  history.requests = load.stop();
  history.first_failure = load.first_failure();
  contender.stop();
  return history;
}

Course course_of(const History& history) {
  Course course{history.name, std::vector<double>(intervals), std::vector<double>(intervals)};
  const double share = 1.0 / static_cast<double>(history.begins.size());
  for (const auto begin : history.begins) {
    const auto from = begin - shown_before;
    const auto first = std::lower_bound(history.requests.begin(), history.requests.end(), from,
                                        [](const Request& request, Nanoseconds time) { return request.end < time; });
    for (auto request = first; request != history.requests.end() && request->end < from + shown; ++request) {
      auto& counts = request->is_served ? course.served : course.failed;
      counts[static_cast<std::size_t>((request->end - from) / interval)] += share;
    }
  }
  return course;
}

double longest_gap(const std::vector<Request>& requests) {
  Nanoseconds longest{0}, last{0};
  for (const auto& request : requests) {
    if (!request.is_served) continue;
    if (last.count() != 0) longest = std::max(longest, request.end - last);
    last = request.end;
  }
  return milliseconds_of(longest);
}

std::vector<std::string> row_of(const History& history) {
  Samples latencies;
  for (const auto& request : history.requests)
    if (request.is_served) latencies.push_back(milliseconds_of(request.end - request.start));
  const auto failed = history.requests.size() - latencies.size();
  return {history.name,
          std::to_string(latencies.size()),
          std::to_string(failed),
          number(median(latencies), 2),
          number(quantile(latencies, 0.99), 2),
          number(quantile(latencies, 1), 1),
          number(longest_gap(history.requests), 1)};
}

/// Gone at the end, also when a measurement gives up.
struct Room {
  std::string path = "/dev/shm/solinit-redeploys-XXXXXX";
  Room() {
    if (mkdtemp(path.data()) == nullptr) give_up("make " + path, std::strerror(errno));
  }
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;
  ~Room() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
};

}  // namespace

int main(int count, char** words) {
  if (count < 5 || count > 6) {
    std::fputs("usage: redeploy_bench SOLINIT WITNESS_SERVER PAGE PLOT [REDEPLOYS]\n", stderr);
    return 64;
  }
  const int redeploys = count == 6 ? std::atoi(words[5]) : 100;
  static const Room room;
  const Programs programs{std::filesystem::canonical(words[1]), std::filesystem::canonical(words[2])};

  // Before there are millions of samples, whose pages each fork(2) would have to copy.
  const auto takeover = measure_takeover(programs, room.path);
  Table table{"redeploys", {"", "served", "failed", "p50 ms", "p99 ms", "max ms", "longest gap ms"}, {}, {}};
  std::vector<Course> courses;
  for (const auto& [contender, place] : contenders(programs, room.path)) {
    const auto history = redeploy(contender, place, redeploys);
    table.rows.push_back(row_of(history));
    courses.push_back(course_of(history));
    std::printf("%s: %s served, %s failed%s%s\n", history.name.c_str(), table.rows.back()[1].c_str(),
                table.rows.back()[2].c_str(), history.first_failure.empty() ? "" : "; first: ", history.first_failure.c_str());
    std::fflush(stdout);
  }
  for (std::size_t i = 0; i < 3; ++i)
    table.targets.push_back({table.rows[i][0] + ": no failed request", std::atof(table.rows[i][2].c_str()), 0, 0});
  write_into(words[3], {table, takeover});
  std::ofstream(words[4]) << plot(courses, intervals_before, static_cast<int>(interval.count()));
}
