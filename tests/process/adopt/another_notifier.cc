// another_notifier COMMAND [ARGUMENT]...: executes it under a seccomp filter that has a notify descriptor already.
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>

int main(int, char** argv) {
  sock_filter allow[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  const sock_fprog program{1, allow};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  const auto notify =
      static_cast<int>(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program));
  // With its last copy closed the filter would be as any other.
  if (notify >= 0 && fcntl(notify, F_SETFD, 0) == 0) execv(argv[1], argv + 1);
  std::perror("another_notifier");
  return 99;
}
