#pragma once

#include <string>
#include <vector>

#include "ownership/fd.h"
#include "ownership/look.h"
#include "ownership/process.h"

namespace ownership {

/// A process that holds a descriptor of a bound socket. The pidfd was opened before the descriptor and the start time
/// were read for the last time, and the process was alive after: it is this process, whatever becomes of the number.
struct Holder {
  pid_t pid = 0;
  Fd pidfd;
  ProcessStatus status;
};

struct Holders {
  std::vector<Holder> list;
  bool is_socket_known = false;   ///< else it is of another network namespace, or the kernel cannot tell
  bool is_proc_complete = false;  ///< else there are processes whose descriptors we may not see
};

/// Who holds the socket that is bound to `identity`, which stands at `name`, in our own network and pid namespaces.
/// Never blocks. A zombie holds nothing.
Holders find_holders(const Identity& identity, const std::string& name);

/// "gunicorn pid=33, nginx pid=34": for messages.
std::string describe(const std::vector<Holder>& holders);

/// Why nobody was found: for messages.
std::string why_unfound(const Holders& holders);

}  // namespace ownership
