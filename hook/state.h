#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <string_view>

#include "ownership/error.h"

namespace hook {

inline constexpr std::size_t longest_state = std::size_t{1} << 20;  ///< bytes
inline constexpr std::size_t deepest_state = 32;                    ///< levels of lists and objects

/// The state that an OCI runtime writes to the hook's standard input (runtime-spec, "State"), as far as it is needed.
struct State {
  std::string id;
  pid_t pid = 0;  ///< of the container's init, as the host counts; 0 where there is none, as in poststop
  std::string bundle;
  std::map<std::string, std::string> annotations;
};

/// Pure. Unknown keys, and the many forms of `status` and `ociVersion`, are passed over. Errors: bad_input, for what is
/// no JSON object, too large or too deep, lacks an id or a bundle, or holds a wrong type in a key that is read.
ownership::Result<State> parse_state(std::string_view text);

}  // namespace hook
