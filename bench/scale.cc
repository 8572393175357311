// solinit_scale HOOK PAGE SVG: up to 200 containers of bare runc and 500 owners on one volume; writes the table of PAGE and
// the curves. bench/run builds it and calls it.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>

#include "bench/must.h"
#include "bench/smaps.h"
#include "bench/staged.h"
#include "bench/svg.h"
#include "bench/table.h"
#include "tests/chaos/container.h"
#include "tests/support/sockets.h"
#include "tests/support/wait.h"

namespace {

using namespace bench;
using chaos::Clock;
using namespace std::chrono_literals;

constexpr std::array counts{1, 10, 100, 200, 500};
/// So many of the owners live in containers; the others own their sockets and do not run.
constexpr int most_containers = 200;
constexpr int hook_turns = 51, handovers = 9, statuses = 9;

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

/// One volume, its owners, and their containers.
class Host {
 public:
  explicit Host(const chaos::Place& place) : place_(place), volume_(place.path() + "/volume") {
    chaos::make_rootfs(place.rootfs());
    std::filesystem::create_directories(volume_);
    must(chown(volume_.c_str(), 33, 33), "give the volume away");
  }

  /// Milliseconds from runc run to the first answer.
  double start(int number) {
    auto& container = containers_[number];
    const auto before = std::move(container);
    const auto id = owner(number) + "." + std::to_string(++started_);
    container = std::make_unique<chaos::Container>(
        place_, children_,
        chaos::Recipe{.id = id,
                      .owner = owner(number),
                      .volume = volume_,
                      .manifest = "version: 1\nowner: " + owner(number) + "\nsockets: [{path: " + inside(number) +
                                  ", activation: inherit}]\ntakeover: {drain: 1ms}\n",
                      .variant = {},
                      .web = {"/witness_server", "--mark", owner(number), "--inherit", id, inside(number)}});
    const auto start = Clock::now();
    if (!container->start()) give_up("start " + id, container->log());
    if (!support::wait_until([&] { return support::ask(volume_ + "/" + owner(number) + ".sock") == id; }, 60s))
      give_up("start " + id, container->log());
    const double took = milliseconds_since(start);
    if (before && !support::wait_until([&] { return !before->runs(); }, 60s)) give_up("end " + before->id(), "it runs");
    return took;
  }

  int running() const { return static_cast<int>(containers_.size()); }
  pid_t launcher(int number) const { return containers_.at(number)->first(); }
  static std::string owner(int number) { return "o" + std::to_string(number); }

 private:
  static std::string inside(int number) { return "/run/shop/" + owner(number) + ".sock"; }

  const chaos::Place& place_;
  std::string volume_;
  chaos::Children children_;
  std::map<int, std::unique_ptr<chaos::Container>> containers_;
  int started_ = 0;
};

struct Row {
  double hook, status, start, handover, shared, own;
};

/// The manifest of the container that is being made, and those of the other owners of its volume.
void write_manifests(const Staged& staged, int owners) {
  staged.write_manifest("/ours", "bench", "{path: /run/web/web.sock}");
  for (int number = 1; number < owners; ++number) {
    const auto name = Host::owner(number), file = staged.path + "/ours/" + name + ".yaml";
    std::ofstream(file) << "version: 1\nowner: " << name << "\nsockets: [{path: /run/web/" << name
                        << ".sock}]\nmatch: {annotations: {io.solinit.owner: " << name << "}}\n";
    must(chmod(file.c_str(), 0644), "change a mode");
  }
}

double median_hook_milliseconds(const Staged& staged, const std::string& hook) {
  Samples samples;
  for (int turn = 0; turn < hook_turns; ++turn) {
    staged.leave_stale_socket();
    samples.push_back(microseconds_of(staged.stage(hook, "/ours"), staged.path + "/state") / 1000);
  }
  return median(samples);
}

/// solinit-hook status, which asks every launcher.
double median_status_milliseconds(const Staged& staged, const std::string& hook) {
  Samples samples;
  for (int turn = 0; turn < statuses; ++turn)
    samples.push_back(microseconds_of({hook, "status", "--manifests", staged.path + "/none"}, staged.path + "/state") / 1000);
  return median(samples);
}

/// By a process of its own: what ends below ours is reaped at once, and nobody could wait for it.
double apart(double (*measured)(const Staged&, const std::string&), const Staged& staged, const std::string& hook) {
  int ends[2];
  must(pipe2(ends, O_CLOEXEC), "make a pipe");
  const pid_t measurer = must(fork(), "fork");
  if (measurer == 0) {
    const double median = measured(staged, hook);
    _exit(write(ends[1], &median, sizeof median) == sizeof median ? 0 : 1);
  }
  close(ends[1]);
  double median = 0;
  if (read(ends[0], &median, sizeof median) != sizeof median) give_up("measure " + hook, "see above");
  close(ends[0]);
  return median;
}

Row measure(Host& host, const Staged& staged, const std::string& hook, int count) {
  Samples started;
  while (host.running() < std::min(count, most_containers)) started.push_back(host.start(host.running()));
  write_manifests(staged, count);
  Samples handed_over, shared, own;
  for (int turn = 0; turn < handovers; ++turn) handed_over.push_back(host.start(0));
  for (int number = 0; number < host.running(); ++number) {
    const auto processes = with_helpers(host.launcher(number));
    shared.push_back(kib_of(processes, "Pss"));
    own.push_back(kib_of(processes, "Pss_Anon"));
  }
  return {apart(median_hook_milliseconds, staged, hook),
          apart(median_status_milliseconds, staged, hook),
          median(started),
          median(handed_over),
          median(shared),
          median(own)};
}

int run(const chaos::Place& place, char** words) {
  Table table{"scale",
              {"owners", "running containers", "hook, ms", "status, ms", "start, ms", "handover, ms", "PSS, KiB", "anonymous, KiB"},
              {},
              {}};
  Diagram times{"milliseconds", "owners on one volume; up to 200 of them in running containers", {}, {}};
  Diagram memory{"KiB of memory for each launcher and its spawner", times.x_title, {}, {}};
  times.curves = {{"handover", {}}, {"hook, createRuntime", {}}, {"hook, status", {}}};
  memory.curves = {{"PSS", {}}, {"anonymous", {}}};
  Host host(place);
  const Staged staged;
  for (const int count : counts) {
    const auto row = measure(host, staged, words[1], count);
    table.rows.push_back({std::to_string(count), std::to_string(host.running()), number(row.hook, 2), number(row.status, 1),
                          row.start > 0 ? number(row.start) : "", number(row.handover), number(row.shared),
                          number(row.own)});
    times.counts.push_back(count);
    times.curves[0].values.push_back(row.handover);
    times.curves[1].values.push_back(row.hook);
    times.curves[2].values.push_back(row.status);
    memory.curves[0].values.push_back(row.shared);
    memory.curves[1].values.push_back(row.own);
  }
  memory.counts = times.counts;
  std::printf("%s\n", table.text().c_str());
  std::fflush(stdout);
  write_into(words[2], {table}, "");
  std::ofstream(words[3]) << svg_of({times, memory});
  return 0;
}

}  // namespace

int main(int count, char** words) {
  if (count != 4) {
    std::fputs("usage: solinit_scale HOOK PAGE SVG\n", stderr);
    return 64;
  }
  chaos::Place place;
  int status = 0;
  if (place.lack().empty()) status = place.run_inside([&] { return run(place, words); });
  if (place.lack().empty()) return status;
  std::fprintf(stderr, "solinit_scale: error: %s\n", place.lack().c_str());
  return 1;
}
