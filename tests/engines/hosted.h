#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "tests/engines/container.h"
#include "tests/engines/shop.h"

/// Containers of images that know nothing of solinit, on a host that has solinit-hook.
namespace engines {

/// Who has it called: Docker's runtime entry, containerd's ctr with --runc-binary, podman's hooks.d.
enum class Host { docker, ctr, podman };

std::string name_of(Host host);
inline void PrintTo(Host host, std::ostream* out) { *out << name_of(host); }

/// A container that is gone, with all it left, when this object is.
class Hosted {
 public:
  /// `options` are more words for `run`. Nothing runs yet.
  Hosted(Host host, const Recipe& recipe, const Argv& options = {});
  Hosted(const Hosted&) = delete;
  Hosted& operator=(const Hosted&) = delete;
  ~Hosted();

  /// The first time makes and starts it, later starts the same container again: what its user is told.
  Outcome start();
  /// What the engine calls restart; not for ctr, which has none.
  Outcome restart();
  void kill(int signal);
  /// Waits until it has ended, and the engine has cleaned up after it. Its exit code.
  std::optional<int> exit_code(std::chrono::milliseconds limit = 20s);
  bool is_running();
  std::string log();
  /// Waits until its log holds `text`: what writes it down may be later than its end.
  bool says(const std::string& text);
  /// Whether what it says just before its end is sure to be in its log. containerd's shim gives those who copy stdout and
  /// stderr one file, which the first to end may close before the other has written.
  bool keeps_last_words() const { return host_ != Host::ctr; }
  Outcome exec(const Argv& command);
  /// The arguments of its PID 1.
  std::string first_process();

 private:
  Argv engine() const;
  Outcome ask(const Argv& words);
  Argv run_words() const;
  std::string field(const std::string& format);
  std::optional<int> exit_code_of_task(std::chrono::milliseconds limit);

  Host host_;
  Recipe recipe_;
  Argv options_;
  std::string name_;
  bool is_made_ = false;
};

/// A host with a manifest of its own for this test: it speaks of the containers that mount /run/web.
class OnHost : public testing::TestWithParam<Host> {
 protected:
  void SetUp() override;
  void TearDown() override;

  /// `more` is YAML: the socket and the match are there.
  void own_socket(const std::string& more = {}) const;
  void own(const std::string& yaml) const;
  Hosted hosted(const Recipe& recipe, const Argv& options = {}) const { return Hosted(GetParam(), recipe, options); }

  Shop shop;
};

inline std::string host_name(const testing::TestParamInfo<Host>& info) { return name_of(info.param); }

inline const auto every_host = testing::Values(Host::docker, Host::ctr, Host::podman);
inline const auto engines_alone = testing::Values(Host::docker, Host::podman);

}  // namespace engines
