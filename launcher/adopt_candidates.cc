#include "launcher/adopt_candidates.h"

#include <algorithm>

namespace launcher {

void AdoptCandidates::remember(const AdoptCall& call) noexcept {
  last_[next_++ % last_.size()] = {call.process, call.socket, call.path};
}

std::optional<AdoptCandidate> AdoptCandidates::find(const AdoptCall& call, pid_t thread) const noexcept {
  if (call.verb != AdoptVerb::rename || !call.from.leads_to.is_beside) return std::nullopt;
  // The latest first: a number may have been another process's before.
  for (std::size_t back = 1; back <= last_.size(); ++back) {
    auto candidate = last_[(next_ + last_.size() - back) % last_.size()];
    if (candidate.process == 0 || candidate.process != call.process || candidate.path.name() != call.from.name() ||
        candidate.path.leads_to.target != call.from.leads_to.target)
      continue;
    const auto inode = candidate.socket.inode;
    candidate.socket = read_socket(thread, candidate.socket.descriptor);
    return candidate.socket.inode == inode ? std::optional(candidate) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace launcher
