// orphan_maker COUNT BURST: leaves COUNT orphans to its init, BURST at a time, each of which ends at once. Then waits
// until none is left but the init and itself, prints "left N" (the others, zombies too, after 20 seconds at most) and
// ends with 0.
#include <dirent.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace {

int count_others() {
  int count = 0;
  DIR* const processes = opendir("/proc");
  while (const dirent* const entry = readdir(processes)) {
    const int pid = std::atoi(entry->d_name);
    if (pid > 1 && pid != getpid()) ++count;
  }
  closedir(processes);
  return count;
}

void leave_orphans(int count) {
  const pid_t parent = fork();
  if (parent < 0) std::exit(1);
  if (parent > 0) {
    int status = 0;
    waitpid(parent, &status, 0);
    if (status != 0) std::exit(1);
    return;
  }
  for (int i = 0; i < count; ++i) {
    const pid_t orphan = fork();
    if (orphan == 0) std::_Exit(0);
    if (orphan < 0) std::_Exit(2);
  }
  std::_Exit(0);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 64;
  const int count = std::atoi(argv[1]), burst = std::atoi(argv[2]);
  for (int made = 0; made < count; made += burst) leave_orphans(burst);
  int left = count_others();
  for (int tries = 0; left > 0 && tries < 20000; ++tries) {
    poll(nullptr, 0, 1);
    left = count_others();
  }
  std::printf("left %d\n", left);
  return 0;
}
