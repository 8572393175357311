#include "status/show.h"

#include <unistd.h>

#include <ctime>
#include <string>

#include "ownership/patience.h"
#include "ownership/write_whole.h"
#include "status/render.h"

namespace status {
namespace {

constexpr std::chrono::seconds interval{1};
constexpr const char* clear_screen = "\033[H\033[2J";

std::string text_of(const View& view, const std::vector<Sight>& sights, bool is_terminal) {
  const std::int64_t now = std::time(nullptr);
  switch (view.form) {
    case Form::json: return json(sights, now);
    case Form::openmetrics: return openmetrics(sights);
    case Form::table: break;
  }
  auto text = table(sights, now, is_terminal ? Layout::aligned : Layout::tabs);
  return view.watches && is_terminal ? clear_screen + text : text;
}

}  // namespace

void show(const View& view, const std::function<std::vector<Sight>()>& look) {
  const bool is_terminal = isatty(STDOUT_FILENO) == 1;
  while (ownership::write_whole(STDOUT_FILENO, text_of(view, look(), is_terminal)) && view.watches)
    ownership::Patience(ownership::Clock::now() + interval).pause(interval);
}

}  // namespace status
