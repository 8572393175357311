#include "tests/engines/shop.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sstream>

#include "ownership/fd.h"
#include "tests/support/requirement.h"

namespace engines {
namespace {

namespace fs = std::filesystem;

std::string place_for(const std::string& name) {
  const char* engines = std::getenv("SOLINIT_ENGINES");
  return (engines == nullptr ? fs::temp_directory_path().string() : std::string(engines)) + "/volumes/" + name;
}

}  // namespace

Shop::Shop() {
  static int count = 0;
  name_ = "shop-" + std::to_string(::getpid()) + "-" + std::to_string(++count);
  place_ = place_for(name_);
  fs::create_directories(place_ + "/web");
  fs::create_directories(place_ + "/etc");
}

Shop::~Shop() {
  std::error_code ignored;
  fs::remove_all(place_, ignored);
}

void Shop::own_socket(const std::string& more, const std::string& keys) const {
  write_file(place_ + "/etc/manifest.yaml",
             std::string("version: 1\nowner: shop-web\nsockets: [{path: ") + socket_path + keys + "}]\n" + more);
}

void Shop::own_pid_file() const {
  write_file(place_ + "/etc/manifest.yaml",
             std::string("version: 1\nowner: shop-web\npid_files: [") + pid_file_path + "]\n");
}

void Shop::give_volume_to(int uid) const {
  const auto id = static_cast<uid_t>(uid);
  EXPECT_EQ(::chown((place_ + "/web").c_str(), id, id), 0);
}

Recipe Shop::recipe(const Argv& command) const {
  Recipe made;
  made.command = command;
  made.mounts = {{place_ + "/web", "/run/web"}, {place_ + "/etc", "/etc/solinit", true}};
  return made;
}

Recipe Shop::solinit(const std::string& name, const Argv& witness_options) const {
  Recipe made = blind(name, witness_options);
  made.command.insert(made.command.begin(), {"/solinit", "--"});
  return made;
}

Recipe Shop::blind(const std::string& name, const Argv& witness_options) const {
  Argv command{"/witness_server", "--mark", name_};
  command.insert(command.end(), witness_options.begin(), witness_options.end());
  command.insert(command.end(), {name, socket_path});
  return recipe(command);
}

std::string Shop::on_host(const std::string& path) const { return place_ + "/web" + path.substr(strlen("/run/web")); }

std::optional<std::string> Shop::answer() const {
  const ownership::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval patience{5, 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  on_host(socket_path).copy(address.sun_path, sizeof address.sun_path - 1);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return std::nullopt;
  std::array<char, 128> room{};
  const auto length = ::recv(socket.get(), room.data(), room.size(), 0);
  if (length <= 0) return std::nullopt;
  const std::string said(room.data(), static_cast<std::size_t>(length));
  return said.substr(0, said.find(' '));
}

bool Shop::serves(const std::string& name, std::chrono::milliseconds limit) const {
  return wait_until([&] { return answer() == name; }, limit);
}

Argv Shop::listeners(Container& inside) {
  const auto said = run({"nsenter", "-n", "-t", std::to_string(inside.pid()), "ss", "-xlpH"});
  EXPECT_EQ(said.exit_code, 0) << said.err;
  std::istringstream lines(said.out);
  Argv found;
  for (std::string line; std::getline(lines, line);)
    if (line.find(std::string(socket_path) + " ") != line.npos) found.push_back(line);
  return found;
}

testing::AssertionResult Shop::one_serves(Container& inside) const {
  const auto alive = web_processes();
  const Argv listening = listeners(inside);
  if (alive.size() != 1 || listening.size() != 1)
    return testing::AssertionFailure() << alive.size() << " web processes, " << listening.size() << " listeners";
  if (listening.front().find("pid=" + std::to_string(alive.front()) + ",") == std::string::npos)
    return testing::AssertionFailure() << "not the web process " << alive.front() << " listens: " << listening.front();
  return testing::AssertionSuccess();
}

void UnderEngine::SetUp() {
  if (const std::string limit = limit_of(GetParam()); !limit.empty()) support::skip(name_of(GetParam()) + ": " + limit);
}

}  // namespace engines
