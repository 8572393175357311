#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ownership/fd.h"
#include "ownership/look.h"
#include "ownership/process.h"
#include "ownership/residence.h"

namespace ownership {

/// How far we look, and with it whom we may know and end.
enum class Reach {
  own_namespaces,  ///< our network and pid namespaces: a launcher's
  whole_host,      ///< every network and pid namespace that /proc shows: the hook's, which needs root
};

/// A process that holds a descriptor of a bound socket or of a lease. The pidfd was opened before the descriptor and the start time
/// were read for the last time, and the process was alive after: it is this process, whatever becomes of the number.
struct Holder {
  pid_t pid = 0;
  Fd pidfd;
  ProcessStatus status;
  Residence residence;  ///< in the whole host's reach only
  std::string link;     ///< "/proc/33/fd/5", where it was seen; empty for pin_process
};

/// Whether a process is ours to end, besides what never is: ourselves, what started us, PID 1.
using MayEnd = std::function<bool(const Holder&)>;

struct Holders {
  std::vector<Holder> list;
  Reach reach = Reach::own_namespaces;
  bool is_socket_known = false;   ///< else it is of another network namespace, or the kernel cannot tell
  bool is_proc_complete = false;  ///< else there are processes whose descriptors we may not see
};

/// Who holds the socket that is bound to `identity`, which stands at `name`. Never blocks. A zombie holds nothing.
Holders find_holders(const Identity& identity, const std::string& name, Reach reach);

/// Who holds the lease whose file `lease` has open: a descriptor through which it is locked. Ourselves excepted.
Holders find_lease_holders(int lease, Reach reach);

/// Who has that file open and holds no lock through it: launchers that wait for the lease, and who only reads it.
Holders find_lease_waiters(int lease, Reach reach);

/// Whether descriptor `number` of the process is of an open file that is locked (proc_pid_fdinfo(5)). False where it
/// cannot be told.
bool is_locked(pid_t pid, const char* number) noexcept;

/// Who of them inherited it: the tree of a web process whose launcher is gone. A launcher holds its lease close-on-exec;
/// where one does, or where we may not see every process, nobody is listed.
Holders find_heirs(int lease);

/// The process as a holder, when it is still the one that `before` is the status of.
std::optional<Holder> pin_process(pid_t pid, const ProcessStatus& before);

/// "gunicorn pid=33, nginx pid=34": for messages.
std::string describe(const std::vector<Holder>& holders);

/// Why nobody was found: for messages.
std::string why_unfound(const Holders& holders);

}  // namespace ownership
