#include "ownership/error.h"

#include <cerrno>
#include <cstring>
#include <utility>

namespace ownership {

Error interrupted() { return {ExitCode::success, "", "", "", ""}; }

Error cannot_look(std::string object, int number) {
  const bool lack_is_ours = number == EMFILE || number == ENFILE || number == ENOMEM || number == ENOBUFS;
  return system_error("cannot look at", std::move(object), number,
                      lack_is_ours ? ExitCode::system_call : ExitCode::not_permitted);
}

Error system_error(std::string what, std::string object, int number, ExitCode code) {
  const char* const text = strerrordesc_np(number);
  return {code, std::move(what), std::move(object), text != nullptr ? text : "error " + std::to_string(number), ""};
}

}  // namespace ownership
