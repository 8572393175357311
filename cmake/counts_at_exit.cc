#include <sys/prctl.h>

extern "C" {
void __gcov_dump();
[[noreturn]] void __real__exit(int status);
[[noreturn]] void __wrap__exit(int status);

void __wrap__exit(int status) {
  if (prctl(PR_GET_SECCOMP) == 0) __gcov_dump();
  __real__exit(status);
}
}
