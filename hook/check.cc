#include "hook/check.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <string>

#include "hook/check_options.h"
#include "hook/config_file.h"
#include "hook/docker_runtimes.h"
#include "hook/hook_entry.h"
#include "hook/host_manifests.h"
#include "ownership/fd.h"
#include "ownership/log.h"
#include "ownership/names.h"

namespace hook {
namespace {

using ownership::Error;
using ownership::ExitCode;
using ownership::Fd;

constexpr std::array usual_hooks_dirs{"/usr/share/containers/oci/hooks.d", "/etc/containers/oci/hooks.d"};

class Checking {
 public:
  explicit Checking(const CheckOptions& options) : options_(options) {}

  int run() {
    check_hooks();
    check_docker();
    if (entries_ == 0 && runtimes_ == 0)
      blame("no engine calls", "solinit-hook", "there is no entry of it in hooks.d, and no runtime of Docker's",
            "install the package, or see docs/engines.md");
    check_manifests();
    return static_cast<int>(flaws_ == 0 ? ExitCode::success : ExitCode::bad_manifest);
  }

 private:
  void say(const char* kind, const std::string& object, const std::string& text) {
    std::printf("%-9s %s: %s\n", kind, object.c_str(), text.c_str());
  }
  void blame(std::string what, std::string object, std::string why, std::string advice = "") {
    ++flaws_;
    std::fflush(stdout);
    ownership::log::fail({ExitCode::bad_manifest, std::move(what), std::move(object), std::move(why), std::move(advice)});
  }

  void check_hooks() {
    auto directories = options_.hooks_dirs;
    if (directories.empty()) directories.assign(usual_hooks_dirs.begin(), usual_hooks_dirs.end());
    for (const auto& path : directories) {
      const Fd directory(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
      if (!directory) continue;
      std::vector<std::string> names;
      ownership::for_each_name(directory.get(), [&](std::string_view name) {
        if (name.ends_with(".json")) names.emplace_back(name);
        return true;
      });
      std::sort(names.begin(), names.end());
      for (const auto& name : names) check_hook_file(path + "/" + name);
    }
  }

  void check_hook_file(const std::string& path) {
    const auto file = read_config(path);
    const auto entry = file ? parse_hook_entry(file->text, path) : std::unexpected(file.error());
    if (!entry)
      return blame("every container of this engine fails by", path, entry.error().why, "mend or remove the file");
    const auto flaw = flaw_of_program(entry->path);
    if (!flaw.empty())
      blame("the engine passes over", path, entry->path + " " + flaw + ", and says nothing", "install it, or remove the file");
    if (!entry->is_ours()) return;
    ++entries_;
    for (const auto& each : flaws_of(*entry)) blame("cannot rely on", path, each);
    std::string stages;
    for (const auto& stage : entry->stages) stages += (stages.empty() ? "" : ", ") + stage;
    const auto why_not = why_not_called(*entry, options_.container);
    say("hook", path, why_not.empty() ? "called in " + stages : "not called in " + stages + ": " + why_not);
  }

  static std::string flaw_of_program(const std::string& path) {
    struct stat status {};
    if (stat(path.c_str(), &status) != 0) return "is not there";
    if (!S_ISREG(status.st_mode) || (status.st_mode & S_IXUSR) == 0) return "is no program";
    if (status.st_uid != 0 || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0) return "is not root's alone";
    return "";
  }

  void check_docker() {
    if (access(options_.docker_config.c_str(), F_OK) != 0) return;
    const auto file = read_config(options_.docker_config);
    const auto runtimes = file ? parse_docker_runtimes(file->text, options_.docker_config) : std::unexpected(file.error());
    if (!runtimes) return blame("dockerd does not start with", options_.docker_config, runtimes.error().why, "mend it");
    for (const auto& one : *runtimes) {
      ++runtimes_;
      const auto flaw = flaw_of_program(one.path);
      if (!flaw.empty())
        blame("every container of this runtime fails by", options_.docker_config,
              "runtime " + one.name + ": " + one.path + " " + flaw, "install it, or remove the runtime");
      say("runtime", options_.docker_config,
          one.name + (one.is_default ? " is the default" : ": only for docker run --runtime " + one.name));
    }
  }

  void check_manifests() {
    const auto manifests = read_host_manifests(options_.manifests);
    for (const auto& bad : manifests.bad)
      blame(bad.what, bad.object, bad.why, bad.advice);
    if (manifests.good.empty() && manifests.bad.empty())
      blame("nothing is owned by", options_.manifests, "there is no manifest in it", "add one: see solinit-manifest(5)");
    std::vector<const HostManifest*> acting;
    for (const auto& one : manifests.good) {
      const auto why_not = why_silent(one.manifest, options_.container);
      const auto owner = "owner " + one.manifest.owner;
      say("manifest", one.file, owner + (why_not.empty() ? ": acts" : ": does not act: " + why_not));
      if (why_not.empty()) acting.push_back(&one);
    }
    for (std::size_t i = 0; i < acting.size(); ++i)
      for (std::size_t j = 0; j < i; ++j) compare(*acting[j], *acting[i]);
  }

  void compare(const HostManifest& one, const HostManifest& other) {
    for (const auto& path : paths_of(one.manifest)) {
      const auto theirs = paths_of(other.manifest);
      if (std::find(theirs.begin(), theirs.end(), path) != theirs.end())
        blame("cannot settle", path, one.file + " and " + other.file + " both own it",
              "let one manifest own it, or let their match differ");
    }
  }

  static std::vector<std::string> paths_of(const manifests::Manifest& manifest) {
    auto paths = manifest.pid_files;
    for (const auto& socket : manifest.sockets) paths.push_back(socket.path);
    return paths;
  }

  const CheckOptions& options_;
  int flaws_ = 0, entries_ = 0, runtimes_ = 0;
};

}  // namespace

int run_check(int argc, char** argv) try {
  const auto options = parse_check_options({argv + 2, static_cast<std::size_t>(argc - 2)});
  if (!options) return ownership::log::fail(options.error());
  const int code = Checking(*options).run();
  return std::fflush(stdout) == 0 ? code : static_cast<int>(ExitCode::system_call);
} catch (const std::exception& failure) {
  return ownership::log::fail({ExitCode::our_bug, "cannot check", "", failure.what(), ""});
}

}  // namespace hook
