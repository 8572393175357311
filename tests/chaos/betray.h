#pragma once

#include <string>
#include <vector>

#include "tests/chaos/children.h"
#include "tests/chaos/observer.h"
#include "tests/chaos/place.h"

namespace chaos {

/// Breaks a promise, "P1" to "P8", in place of solinit, and returns once it was reported as broken, or after ten seconds.
void betray(const std::string& promise, const std::vector<Owner>& owners, const Place& place, Children& children,
            Report& report);

}  // namespace chaos
