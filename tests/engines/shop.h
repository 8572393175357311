#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "tests/engines/container.h"
#include "tests/support/observer.h"

namespace engines {

inline constexpr const char* socket_path = "/run/web/web.sock";
inline constexpr const char* pid_file_path = "/run/web/web.pid";

/// One web application: a volume at /run/web, a manifest at /etc/solinit, and the containers that share them.
class Shop {
 public:
  Shop();
  Shop(const Shop&) = delete;
  Shop& operator=(const Shop&) = delete;
  ~Shop();

  /// Writes the manifest: the socket of the shop, with `keys` of its own (", key: value"), and `more` lines of YAML.
  void own_socket(const std::string& more = {}, const std::string& keys = {}) const;
  /// The same for a pid file alone.
  void own_pid_file() const;
  void give_volume_to(int uid) const;

  Recipe recipe(const Argv& command) const;
  /// /solinit with the manifest, in front of a witness that calls itself `name`.
  Recipe solinit(const std::string& name, const Argv& witness_options = {}) const;
  /// The witness alone, as PID 1.
  Recipe blind(const std::string& name, const Argv& witness_options = {}) const;

  std::string on_host(const std::string& path) const;  ///< of a path below /run/web
  /// What the web process answers: its name, or nothing when nobody does.
  std::optional<std::string> answer() const;
  bool serves(const std::string& name, std::chrono::milliseconds limit = 20s) const;
  /// An argument of every witness of this shop, by which an observer finds them in whatever container.
  const std::string& mark() const { return name_; }
  std::vector<pid_t> web_processes() const { return support::witnesses_alive(name_); }
  /// What ss(8) says of the sockets that listen at the shop's path, in the network namespace of `inside`: a line each.
  static Argv listeners(Container& inside);
  /// That there is one of each, the web process and the listener, and that they belong together.
  testing::AssertionResult one_serves(Container& inside) const;

 private:
  std::string place_, name_;
};

/// A test that runs under each engine; where one cannot run here, it is skipped with the reason, or fails when the
/// environment says TESTS_MUST_RUN=1.
class UnderEngine : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override;
  Kind kind() const { return GetParam(); }

  Shop shop;
};

using support::Observer;

inline std::string test_name(const testing::TestParamInfo<Kind>& info) { return name_of(info.param); }

inline const auto every_engine = testing::Values(Kind::docker, Kind::podman, Kind::runc, Kind::crun);
inline const auto with_restart_policy = testing::Values(Kind::docker, Kind::podman);

}  // namespace engines
