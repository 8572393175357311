#include "tests/process/hook/staged.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "tests/support/programs.h"
#include "tests/support/requirement.h"
#include "tests/support/volume.h"

namespace support {

namespace fs = std::filesystem;

bool stands(const std::string& path) {
  struct stat status {};
  return lstat(path.c_str(), &status) == 0;
}

void Staged::SetUp() {
  if (const auto lack = lack_of_root(); !lack.empty()) return skip(lack);
  if (const auto lack = lack_of_namespaces(); !lack.empty()) return skip(lack);
  umask(022);
  fs::create_directories(root() + "/run/web");
  fs::create_directories(volume());
  fs::create_directories(place_ / "manifests");
  write_config(config());
}

void Staged::move_to_memory(const std::string& options) const {
  ASSERT_EQ(unshare(CLONE_NEWNS), 0);
  ASSERT_EQ(mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
  ASSERT_EQ(mount("none", (place_ / "data").c_str(), "tmpfs", 0, options.c_str()), 0);
  fs::create_directories(volume());
}

Child Staged::container(const std::vector<std::string>& command) const {
  Settings settings;
  settings.as = As::pid_one;
  settings.has_own_network = true;
  settings.command = {"/bin/sh", "-c", "mount --bind \"$1\" \"$2\" && shift 2 && echo made && exec \"$@\"", "sh", volume(),
                      root() + "/run/web"};
  settings.environment = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"};
  settings.command.insert(settings.command.end(), command.begin(), command.end());
  Child child(settings);
  EXPECT_TRUE(child.says("made")) << child.log();
  return child;
}

Child Staged::server(const std::string& name, std::vector<std::string> options) const {
  auto child = container(witness_server(name, socket(), std::move(options)));
  EXPECT_NE(child.witness(), 0) << child.log();
  return child;
}

void Staged::own(const std::string& body, const std::string& name, const std::string& owner) const {
  write_file(place_ / "manifests/" + name,
             "version: 1\nowner: " + owner + "\nmatch: {annotations: {io.solinit.owner: shop}}\n" + body);
}

void Staged::write_config(const std::string& text) const { write_file(place_ / "bundle/config.json", text); }

std::string Staged::config(const std::string& args, const std::string& more_mounts) const {
  return R"({"root":{"path":"rootfs"},"process":{"args":)" + args +
         R"(},"annotations":{"io.solinit.owner":"shop"},"mounts":[{"destination":"/proc","type":"proc","source":"proc"},)" +
         R"({"destination":"/run/web","type":"bind","options":["rbind"],"source":")" + volume() + "\"}" + more_mounts +
         "]}";
}

std::string Staged::state(pid_t pid, const std::string& id) const {
  return R"({"ociVersion":"1.0.2","id":")" + id + R"(","status":"creating","pid":)" + std::to_string(pid) +
         R"(,"bundle":")" + place_ / "bundle" + "\"}";
}

Settings Staged::call(const std::string& stage, const std::string& text, const std::vector<std::string>& more) const {
  Settings settings;
  settings.command = {solinit_hook(), stage,         "--manifests", place_ / "manifests", "--records",
                      place_ / "rec", "--report",    place_ / "report"};
  settings.command.insert(settings.command.end(), more.begin(), more.end());
  write_file(place_ / "state", text);
  settings.descriptors[0] = open((place_ / "state").c_str(), O_RDONLY | O_CLOEXEC);
  return settings;
}

Child Staged::run(const std::string& stage, const std::string& text, const std::vector<std::string>& more) const {
  const auto settings = call(stage, text, more);
  Child child(settings);
  close(settings.descriptors.at(0));
  child.ending(30s);
  return child;
}

std::vector<std::string> Staged::quarantined() const {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : fs::recursive_directory_iterator(place_ / "data", ignored))
    if (entry.path().filename().string().starts_with("quarantine.")) names.push_back(entry.path());
  return names;
}

}  // namespace support
