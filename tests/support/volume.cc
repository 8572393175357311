#include "tests/support/volume.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>

#include "tests/support/programs.h"
#include "tests/support/sockets.h"

namespace support {

void Volume::give_to(uid_t user) const { EXPECT_EQ(chown(path().c_str(), user, user), 0) << path(); }

std::string Volume::manifest_owning(const std::string& name, const std::string& more) const {
  return manifest("version: 1\nowner: shop\nsockets:\n  - path: VOLUME/" + name + "\n" + more);
}

std::string Volume::manifest(std::string yaml) const {
  const std::string mark = "VOLUME";
  for (std::size_t at; (at = yaml.find(mark)) != std::string::npos;) yaml.replace(at, mark.size(), path());
  const auto file = manifests_ / (std::to_string(++count_) + ".yaml");
  write_file(file, yaml);
  return file;
}

std::vector<std::string> Volume::leftovers() const {
  std::vector<std::string> names;
  wait_until(
      [&] {
        names.clear();
        std::error_code error;
        for (const auto& entry : std::filesystem::directory_iterator(*this / ".solinit", error)) {
          const auto extension = entry.path().extension();
          if (extension == ".listen" && connect_to(entry.path(), SOCK_STREAM)) continue;  // alive
          if (extension != ".lease" && extension != ".owner" && extension != ".ctl")
            names.push_back(entry.path().filename());
        }
        return names.empty();
      },
      2s);
  return names;
}

Settings launched(const std::string& id, const std::string& manifest, const std::vector<std::string>& command) {
  Settings settings;
  settings.command = {solinit(), "--manifest", manifest, "--"};
  settings.command.insert(settings.command.end(), command.begin(), command.end());
  settings.environment = {"SOLINIT_CONTAINER_ID=" + id};
  return settings;
}

Settings container(const std::string& id, const std::string& manifest, const std::vector<std::string>& command) {
  auto settings = launched(id, manifest, command);
  settings.as = As::pid_one;
  settings.has_own_network = true;
  return settings;
}

std::vector<std::string> witness_server(const std::string& name, const std::string& socket,
                                        std::vector<std::string> options) {
  options.insert(options.begin(), program("witness_server"));
  options.push_back(name);
  options.push_back(socket);
  return options;
}

bool serves(const std::string& path, const std::string& name, std::chrono::milliseconds limit) {
  return wait_until([&] { return ask(path) == name; }, limit);
}

}  // namespace support
