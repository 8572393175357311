#include "ownership/error.h"

#include <cstring>
#include <utility>

namespace ownership {

Error interrupted() { return {ExitCode::success, "", "", "", ""}; }

Error system_error(std::string what, std::string object, int number, ExitCode code) {
  const char* const text = strerrordesc_np(number);
  return {code, std::move(what), std::move(object), text != nullptr ? text : "error " + std::to_string(number), ""};
}

}  // namespace ownership
