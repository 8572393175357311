#pragma once

#include <functional>
#include <vector>

#include "status/sight.h"

namespace status {

enum class Form { table, json, openmetrics };

/// How it is asked for.
struct View {
  Form form = Form::table;
  bool watches = false;  ///< anew each second, until the reader is gone
};

/// Writes what `look` sees to stdout: the table aligned where that is a terminal, else with tabs. Returns when it is
/// written, or, when it watches, when nothing can be written any more.
void show(const View& view, const std::function<std::vector<Sight>()>& look);

}  // namespace status
