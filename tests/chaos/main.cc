// chaos_run [--seconds N] [--seed N] [--clients N] [--betray PROMISE]: containers of three owners on two shared volumes, under
// load, and an adversary; an observer looks whether solinit keeps its promises. docs/chaos.md tells what is done and what
// is seen.
//
// Leaves with 0 when no promise was broken, with 1 at the first breach, and with 77 where it cannot run. With --betray it
// breaks that promise itself: to be run as the proof that a breach is seen.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>

#include "tests/chaos/adversary.h"
#include "tests/chaos/betray.h"
#include "tests/chaos/clients.h"

namespace {

using namespace chaos;

struct Options {
  int seconds = 20, clients = 4;
  std::uint64_t seed = std::random_device{}();
  std::string betrayed;
};

Options parse(int argc, char** argv) {
  Options options;
  for (int at = 1; at + 1 < argc; at += 2) {
    const std::string word = argv[at], value = argv[at + 1];
    if (word == "--seconds") options.seconds = std::atoi(value.c_str());
    if (word == "--clients") options.clients = std::atoi(value.c_str());
    if (word == "--seed") options.seed = std::strtoull(value.c_str(), nullptr, 10);
    if (word == "--betray") options.betrayed = value;
  }
  return options;
}

void torment(Adversary& adversary, std::uint64_t seed, const Report& report, int seconds) {
  Chance chance(seed);
  adversary.begin(draw_variant(chance));
  while (report.seconds() < seconds && !report.is_breached()) adversary.inflict(draw(chance));
  if (!report.is_breached()) adversary.end();
}

int run(const Place& place, const Options& options) {
  std::printf("chaos: seed %s, %d s\n", std::to_string(options.seed).c_str(), options.seconds);
  std::fflush(stdout);
  make_rootfs(place.rootfs());
  Report report(options.seed);
  Children children;
  Volume first(place.path() + "/first", report), second(place.path() + "/second", report);
  const std::vector<Owner> owners{{"red", &first}, {"green", &first}, {"blue", &second, true}};
  if (!options.betrayed.empty()) {
    betray(options.betrayed, owners, place, children, report);
  } else {
    std::vector<std::thread> threads;
    const Observer observer(owners, report);
    first.begin_filling(options.seed + 100);
    second.begin_filling(options.seed + 101);
    for (std::size_t i = 0; i < owners.size(); ++i)
      threads.emplace_back([&, i] {
        Ledger ledger;
        Adversary adversary(owners[i], place, children, ledger, report);
        const Clients clients(owners[i].name, owners[i].socket(), options.clients, ledger, report);
        torment(adversary, options.seed + i, report, options.seconds);
      });
    for (auto& thread : threads) thread.join();
  }
  std::printf("%s", report.summary().c_str());
  std::fflush(stdout);
  return report.is_breached() ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  const auto options = parse(argc, argv);
  Place place;
  int status = 0;
  if (place.lack().empty()) status = place.run_inside([&] { return run(place, options); });
  if (place.lack().empty()) return status;
  const char* const must_run = std::getenv("TESTS_MUST_RUN");
  std::printf("skipped: %s\n", place.lack().c_str());
  return must_run != nullptr && std::strcmp(must_run, "1") == 0 ? 1 : 77;
}
