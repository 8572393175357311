#pragma once

#include "launcher/adopt_call.h"

/// What a notified call is answered. Pure: facts in, an answer out.
namespace launcher {

/// Who was given the listener of the target, last.
enum class AdoptHolder { nobody, caller, another, gone };

struct AdoptFacts {
  AdoptVerb verb = AdoptVerb::other;
  bool is_readable = true;
  /// The path of bind, connect and unlink, and the new name of rename, is a target's; listen is on its listener.
  bool is_of_target = false;
  bool moves_target = false;     ///< the old name of rename is that of a target
  bool moves_candidate = false;  ///< the old name of rename is that of a socket which the caller bound beside the target
  bool is_on_socket = false;      ///< bind: the descriptor is one
  bool is_beside_target = false;  ///< bind: another name in the directory of a target
  AdoptHolder holder = AdoptHolder::nobody;
  bool is_listening = false;     ///< the target's listener
  bool awaits_bind = false;      ///< there is a target that nobody was given yet
  bool is_beside_predecessor = false;  ///< whose sockets stand where the targets are
  bool has_fallen_back = false;  ///< the web process binds its sockets itself
};

enum class AdoptAnswer {
  go_on,              ///< the kernel does what was asked for
  remember,           ///< and we remember who bound what: it may be renamed to the target
  give,               ///< the listener takes the place of the caller's descriptor; 0
  give_renamed,       ///< the same for the descriptor of the candidate, whose name goes; 0
  serve,              ///< go on, and the target is served from now on
  pretend,            ///< 0, and nothing is done
  refuse_connection,  ///< ECONNREFUSED
  in_use,             ///< EADDRINUSE
  fall_back,          ///< make way for the web process's own socket, then go on
  deny,               ///< EACCES: we cannot tell what it would do to a predecessor's socket
};

/// Pure.
AdoptAnswer decide(const AdoptFacts& facts) noexcept;

}  // namespace launcher
