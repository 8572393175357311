#include "hook/injection.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace hook {
namespace {

constexpr std::array<std::string_view, 17> inits{
    "tini",     "tini-static", "docker-init", "podman-init", "catatonit", "dumb-init",
    "init",     "s6-svscan",   "s6-init",     "systemd",     "runit",     "runit-init",
    "runsvdir", "my_init",     "dinit",       "openrc-init", "pid1"};
constexpr std::array<std::string_view, 8> shells{"sh", "ash", "bash", "dash", "ksh", "mksh", "zsh", "fish"};
constexpr std::array<std::string_view, 2> terminal_keepers{"agetty", "login"};

bool is_among(auto names, std::string_view name) { return std::find(names.begin(), names.end(), name) != names.end(); }

std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

std::string init_of(const ConfigProcess& process) {
  const auto name = file_name(process.args[0]);
  if (is_among(inits, name)) return std::string(name);
  const bool is_busybox_init = name == "busybox" && process.args.size() > 1 && process.args[1] == "init";
  return is_busybox_init ? "busybox init" : "";
}

/// A person's shell, not a script: they get the terminal and its session, and take no socket from a web process.
bool is_for_a_person(const ConfigProcess& process) {
  if (!process.has_terminal) return false;
  const auto name = file_name(process.args[0]);
  if (is_among(terminal_keepers, name)) return true;
  const auto is_option = [](const std::string& argument) { return argument.starts_with('-'); };
  return is_among(shells, name) && std::all_of(process.args.begin() + 1, process.args.end(), is_option);
}

std::string flaw_of(const BundleConfig& config) {
  const auto of_pids = std::find_if(config.namespaces.begin(), config.namespaces.end(),
                                    [](const ConfigNamespace& one) { return one.type == "pid"; });
  if (of_pids == config.namespaces.end()) return "it shares the host's pid namespace, where it is no PID 1";
  if (!of_pids->path.empty()) return "it joins another pid namespace, where it is no PID 1";
  if (config.process.args.empty() || config.process.args[0].empty()) return "it has no command";
  if (const auto init = init_of(config.process); !init.empty()) return "it has an init already, " + init;
  if (is_for_a_person(config.process)) return "a shell on a terminal is no web process";
  return "";
}

/// A directory for the mount points that leaves no trace in the image: a /dev of the container's own.
std::string place_in(const BundleConfig& config) {
  const auto of_devices = std::find_if(config.mounts.rbegin(), config.mounts.rend(),
                                       [](const ConfigMount& mount) { return mount.destination == "/dev"; });
  return of_devices != config.mounts.rend() && of_devices->type == "tmpfs" ? "/dev/.solinit" : "/.solinit";
}

ConfigMount read_only(const std::string& source, const std::string& destination) {
  return {destination, source, "bind", {"bind", "ro", "nosuid", "nodev"}};
}

}  // namespace

std::expected<Injection, NoInjection> plan_injection(const BundleConfig& config, const LauncherFiles& files) {
  if (!config.process.args.empty() && file_name(config.process.args[0]) == "solinit")
    return std::unexpected(NoInjection{});
  if (auto why = flaw_of(config); !why.empty()) return std::unexpected(NoInjection{std::move(why)});
  const auto place = place_in(config);
  const auto launcher = place + "/solinit", manifest = place + "/manifest.yaml";
  return Injection{{read_only(files.launcher, launcher), read_only(files.manifest, manifest)},
                   {launcher, "-m", manifest, "--"}};
}

}  // namespace hook
