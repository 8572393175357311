// Makes a plan and says what it is: one `key=value` a line, or the answer.
#include <cstdio>
#include <variant>

#include "launcher/inherited.h"
#include "launcher/planner.h"

int main(int argc, char** argv) {
  const auto inherited = launcher::take_inheritance();
  const auto outcome = launcher::make_plan(argc, argv, inherited);
  if (const auto* answer = std::get_if<launcher::Answer>(&outcome)) {
    dprintf(1, "%s", answer->out.c_str());
    dprintf(2, "%s", answer->err.c_str());
    return answer->exit_code;
  }
  const auto& plan = std::get<launcher::Plan>(outcome);
  for (const auto& argument : plan.command) dprintf(1, "argument=%s\n", argument.c_str());
  if (!plan.manifest) return 0;
  dprintf(1, "manifest=%s\nowner=%s\n", plan.manifest_path.c_str(), plan.manifest->owner.c_str());
  dprintf(1, "policy=%d\n", static_cast<int>(plan.manifest->takeover.policy));
  return 0;
}
