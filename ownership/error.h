#pragma once

#include <expected>
#include <string>

#include "ownership/exit_code.h"

namespace ownership {

/// What could not be done, to what, why, and what the operator can do. Printed by `main` alone, as
/// `<what> <object>: <why>[; <advice>]`.
struct Error {
  ExitCode code = ExitCode::our_bug;
  std::string what;    ///< "cannot take the lease of"
  std::string object;  ///< "/run/web/web.sock"; may be empty
  std::string why;     ///< "held by shop-web pid=7"
  std::string advice;  ///< "to replace it set takeover.policy: handover"; may be empty
};

template <typename T>
using Result = std::expected<T, Error>;

/// Says nothing, and leaves with success: a wait was abandoned, and whoever abandoned it knows why.
Error interrupted();

/// That `object` cannot be judged: not_permitted, or system_call where it is we who lack descriptors or memory.
Error cannot_look(std::string object, int number);

/// An Error whose reason is errno's text (strerrordesc_np(3)) for `number`.
Error system_error(std::string what, std::string object, int number, ExitCode code = ExitCode::system_call);

}  // namespace ownership
