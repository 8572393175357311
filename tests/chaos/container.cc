#include "tests/chaos/container.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "tests/support/observer.h"
#include "tests/support/programs.h"
#include "tests/support/temp_dir.h"

namespace chaos {
namespace {

namespace fs = std::filesystem;

std::string strings(const Words& words) {
  std::string list;
  for (const auto& word : words) list += (list.empty() ? "\"" : ", \"") + word + "\"";
  return "[" + list + "]";
}

std::string bind_mount(const std::string& source, const std::string& destination, const std::string& mode) {
  return R"({"type": "bind", "source": ")" + source + R"(", "destination": ")" + destination +
         R"(", "options": ["rbind", ")" + mode + R"("]})";
}

std::string namespace_of(pid_t process) {
  std::error_code error;
  return fs::read_symlink("/proc/" + std::to_string(process) + "/ns/pid", error).string();
}

}  // namespace

std::string stat_field(pid_t process, int number) {
  const auto text = support::read_file("/proc/" + std::to_string(process) + "/stat");
  const auto name_end = text.rfind(')');
  if (name_end == text.npos) return "";
  std::istringstream fields(text.substr(name_end + 2));
  std::string field;
  for (int at = 3; at <= number; ++at) fields >> field;
  return field;
}

std::size_t groups_of(const std::vector<pid_t>& processes) {
  std::set<std::string> groups;
  for (const auto process : processes)
    if (const auto group = stat_field(process, 5); !group.empty()) groups.insert(group);
  return groups.size();
}

void make_rootfs(const std::string& path) {
  for (const auto* const directory : {"/proc", "/dev", "/run/shop", "/etc/shop"}) fs::create_directories(path + directory);
  fs::copy_file(support::solinit(), path + "/solinit");
  fs::copy_file(support::program("witness_server"), path + "/witness_server");
}

Container::Container(const Place& place, Children& children, Recipe recipe)
    : place_(place),
      children_(children),
      recipe_(std::move(recipe)),
      bundle_(place.path() + "/bundles/" + recipe_.id),
      log_(bundle_ + "/log") {
  fs::create_directories(bundle_ + "/etc");
  support::write_file(bundle_ + "/etc/manifest.yaml", recipe_.manifest);
  support::write_file(bundle_ + "/config.json", config());
}

Container::~Container() {
  runc({"delete", "-f", id()});
  std::error_code ignored;
  fs::remove_all(bundle_, ignored);
}

std::string Container::config() const {
  Words command;
  // The init above finds no manifest where it would look for one.
  if (recipe_.variant.is_nested) command = {"/solinit", "--"};
  if (!recipe_.is_blind) command.insert(command.end(), {"/solinit", "--manifest", "/etc/shop/manifest.yaml", "--"});
  command.insert(command.end(), recipe_.web.begin(), recipe_.web.end());
  return R"({"ociVersion": "1.0.2", "hostname": ")" + id() + R"(", "root": {"path": ")" + place_.rootfs() +
         R"(", "readonly": true}, "process": {"args": )" + strings(command) +
         R"(, "cwd": "/", "user": {"uid": 33, "gid": 33}, "noNewPrivileges": true, "capabilities": {},
 "env": ["PATH=/", "SOLINIT_CONTAINER_ID=)" + id() + R"("]},
 "linux": {"cgroupsPath": ")" + place_.cgroup() + "/" + id() + R"(", "resources": {"pids": {"limit": 100}},
  "namespaces": [{"type": "pid"}, {"type": "network"}, {"type": "ipc"}, {"type": "uts"}, {"type": "mount"}]},
 "mounts": [{"type": "proc", "source": "proc", "destination": "/proc"},
  {"type": "tmpfs", "source": "tmpfs", "destination": "/dev", "options": ["nosuid", "mode=755"]}, )" +
         bind_mount(recipe_.volume, "/run/shop", "rw") + ", " + bind_mount(bundle_ + "/etc", "/etc/shop", "ro") + "]}";
}

/// A container inherits the clocks of the runc that makes it, which knows the time of its start by them ever after.
/// CLOCK_REALTIME has no namespace.
Words Container::runtime() const {
  Words command{"runc", "--root", place_.path() + "/runc"};
  const auto offset = std::to_string(recipe_.variant.clock_days * 86400L);
  if (recipe_.variant.clock_days != 0)
    command.insert(command.begin(), {"unshare", "--time", "--fork", "--monotonic", offset, "--boottime", offset});
  return command;
}

int Container::runc(const Words& words, milliseconds limit) {
  auto command = runtime();
  command.insert(command.end(), words.begin(), words.end());
  return children_.run(command, bundle_ + "/runc.log", limit);
}

bool Container::start() {
  runc({"delete", "-f", id()});
  exit_code_.reset();
  first_ = -1;
  started_ = Clock::now();
  const auto pid_file = bundle_ + "/pid";
  auto command = runtime();
  command.insert(command.end(), {"run", "-d", "--bundle", bundle_, "--pid-file", pid_file, id()});
  if (children_.run(command, log_, milliseconds(60000)) != 0) return false;
  first_ = std::atoi(support::read_file(pid_file).c_str());
  return true;
}

std::optional<int> Container::exit_code() {
  if (!exit_code_ && first_ > 0) exit_code_ = children_.status_of(first_, started_);
  return exit_code_;
}

bool Container::is_inside(pid_t process) const {
  const auto ours = namespace_of(first_);
  return !ours.empty() && namespace_of(process) == ours;
}

pid_t Container::launcher() const {
  auto found = support::alive("solinit", "--manifest");
  std::erase_if(found, [&](pid_t process) { return !is_inside(process); });
  // Its children, the notifier and the parser, execute the same.
  const auto is_child = [&](pid_t process) {
    const auto parent = std::atoi(stat_field(process, 4).c_str());
    return std::find(found.begin(), found.end(), parent) != found.end();
  };
  const auto top = std::find_if_not(found.begin(), found.end(), is_child);
  return top == found.end() ? -1 : *top;
}

pid_t Container::web_process() const {
  for (const auto process : support::witnesses_alive(recipe_.owner))
    if (is_inside(process) && stat_field(process, 5) == std::to_string(process)) return process;
  return -1;
}

void Container::signal(pid_t process, int number) const {
  if (process > 0) ::kill(process, number);
}

void Container::kill_all() { runc({"kill", "--all", id(), "KILL"}); }
void Container::pause() { runc({"pause", id()}); }
void Container::resume() { runc({"resume", id()}); }

int Container::execute(const Words& command, milliseconds limit) {
  Words words{"exec", id()};
  words.insert(words.end(), command.begin(), command.end());
  return runc(words, limit);
}

std::string Container::log() const {
  auto text = support::read_file(log_) + support::read_file(bundle_ + "/runc.log");
  constexpr std::size_t longest = 3000;
  return text.size() > longest ? text.substr(text.size() - longest) : text;
}

}  // namespace chaos
