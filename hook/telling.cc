#include "hook/telling.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <exception>
#include <string_view>

#include "ownership/fd.h"
#include "ownership/log.h"

namespace hook {
namespace {

using ownership::Fd;
using ownership::log::Level;

constexpr std::size_t most_lines = 1000;

std::vector<std::string>& said() {
  static std::vector<std::string> lines;
  return lines;
}

void tell_stderr(std::string_view line) noexcept {
  while (write(STDERR_FILENO, line.data(), line.size()) < 0 && errno == EINTR) {
  }
}

/// RFC 3164 as local daemons take it: priority and tag. By hand: syslog(3) reads the time zone and blocks.
void tell_journal(Level level, std::string_view line) noexcept {
  constexpr int daemon_facility = 3 << 3, error = 3, warning = 4, notice = 5, debug = 7;
  const int severity = level == Level::error     ? error
                       : level == Level::warning ? warning
                       : level == Level::notice  ? notice
                                                 : debug;
  char text[longest_line + 64];
  const int size = std::snprintf(text, sizeof text, "<%d>solinit-hook[%d]: %.*s", daemon_facility | severity, getpid(),
                                 static_cast<int>(line.size() - 1), line.data());
  const Fd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address{AF_UNIX, "/dev/log"};
  if (socket && size > 0)
    sendto(socket.get(), text, static_cast<std::size_t>(size), MSG_NOSIGNAL | MSG_DONTWAIT,
           reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

void tell(Level level, std::string_view line) noexcept {
  if (level == Level::error) tell_stderr(line);
  tell_journal(level, line);
  try {
    if (said().size() < most_lines) said().emplace_back(line.substr(0, line.size() - 1));
  } catch (const std::exception&) {
    return;  // the report misses a line; the journal has it
  }
}

void tell_aloud(Level level, std::string_view line) noexcept {
  tell_stderr(line);
  tell_journal(level, line);
}

std::string text_of(const Report& report, int exit_code) {
  namespace json = boost::json;
  json::object object;
  object["time"] = std::time(nullptr);
  object["stage"] = report.stage;
  object["container"] = report.container;
  object["owners"] = json::array(report.owners.begin(), report.owners.end());
  object["exit_code"] = exit_code;
  object["lines"] = json::array(said().begin(), said().end());
  return json::serialize(object) + "\n";
}

}  // namespace

void start_telling() noexcept { ownership::log::send_to(tell, longest_line); }

void start_telling_aloud() noexcept { ownership::log::send_to(tell_aloud, longest_line); }

bool has_told() noexcept { return !said().empty(); }

void write_report(const Report& report, int exit_code) noexcept try {
  if (report.file.empty()) return;
  const Fd file(open(report.file.c_str(),
                     O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600));
  struct stat status {};
  if (!file || fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode))
    return ownership::log::warning("cannot write the report", report.file,
                                   file ? "it is no regular file" : strerrordesc_np(errno));
  const auto text = text_of(report, exit_code);
  if (write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    ownership::log::warning("cannot write the report", report.file, strerrordesc_np(errno));
} catch (const std::exception& failure) {
  ownership::log::warning("cannot write the report", report.file, failure.what());
}

}  // namespace hook
