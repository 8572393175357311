#include "tests/engines/bare.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>

namespace engines {
namespace {

// What docker gives root by default; `runtime spec` gives less.
constexpr const char* config_filter = R"jq(
  ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_SETGID", "CAP_SETUID", "CAP_KILL",
   "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_MKNOD"] as $usual
  | (if $drop then [] else $usual end) as $caps
  | .process.terminal = false
  | .process.args = $ARGS.positional
  | .process.env += ($env | split("\n"))
  | .process.user = {uid: $uid, gid: $uid}
  | .process.capabilities = {bounding: $caps, permitted: (if $uid == 0 then $caps else [] end),
                             effective: (if $uid == 0 then $caps else [] end)}
  | .process.noNewPrivileges = $nnp
  | .root.readonly = $ro
  | .hostname = $id
  | .annotations = $annotations
  | .hooks = $hooks
  | .linux.cgroupsPath = $cgroup
  | .mounts += ($mounts | split("\n") | map(split(":") | {source: .[0], destination: .[1], type: "bind",
                                                             options: ["rbind", .[2]]}))
)jq";

std::string place() { return std::getenv("SOLINIT_ENGINES"); }

std::string lines(const std::vector<std::string>& all) {
  std::string text;
  for (const auto& line : all) text += (text.empty() ? "" : "\n") + line;
  return text;
}

std::string object_of(const std::map<std::string, std::string>& members) {
  std::string text;
  for (const auto& [key, value] : members) text += (text.empty() ? "\"" : ",\"") + key + "\":\"" + value + "\"";
  return "{" + text + "}";
}

std::string configured(const std::string& bundle, const std::string& id, const Recipe& recipe) {
  std::vector<std::string> mounts;
  for (const auto& [host, inside, is_read_only] : recipe.mounts)
    mounts.push_back(host + ":" + inside + ":" + (is_read_only ? "ro" : "rw"));
  const auto claim = [](bool holds) { return holds ? "true" : "false"; };
  Argv jq{"jq",
          "--arg",
          "id",
          id,
          "--arg",
          "cgroup",
          std::string(std::getenv("SOLINIT_CGROUP")) + "/" + id,
          "--arg",
          "mounts",
          lines(mounts),
          "--arg",
          "env",
          lines(recipe.environment),
          "--argjson",
          "annotations",
          object_of(recipe.annotations),
          "--argjson",
          "hooks",
          recipe.hooks,
          "--argjson",
          "uid",
          recipe.user.empty() ? "0" : recipe.user,
          "--argjson",
          "ro",
          claim(recipe.is_read_only),
          "--argjson",
          "drop",
          claim(recipe.drops_capabilities),
          "--argjson",
          "nnp",
          claim(recipe.forbids_new_privileges),
          config_filter,
          bundle + "/config.json",
          "--args",
          "--"};
  jq.insert(jq.end(), recipe.command.begin(), recipe.command.end());
  const auto made = run(jq);
  EXPECT_EQ(made.exit_code, 0) << made.err;
  return made.out;
}

}  // namespace

Argv runtime_of(Kind kind) {
  Argv words;
  if (kind == Kind::crun && std::filesystem::exists("/sys/fs/cgroup/unified"))
    words = {"unshare", "-m", "sh", "-c", "mount --make-rprivate / && umount /sys/fs/cgroup/unified && exec \"$@\"",
             "--"};
  for (const auto& word : {name_of(kind), std::string("--root"), place() + "/" + name_of(kind)}) words.push_back(word);
  return words;
}

std::string make_bundle(Kind kind, const std::string& id, const Recipe& recipe) {
  const std::string bundle = place() + "/bundles/" + id;
  std::filesystem::create_directories(bundle);
  EXPECT_EQ(run({"cp", "-a", place() + "/images/" + recipe.image, bundle + "/rootfs"}).exit_code, 0);
  EXPECT_EQ(run({"sh", "-c", "cd \"$0\" && \"$1\" spec", bundle, name_of(kind)}).exit_code, 0);
  write_file(bundle + "/config.json", configured(bundle, id, recipe));
  return bundle;
}

pid_t create_bare(Kind kind, const std::string& id, const std::string& bundle) {
  Argv words = runtime_of(kind);
  const std::string pid_file = bundle + "/pid";
  for (const auto& word :
       {std::string("create"), std::string("--bundle"), bundle, std::string("--pid-file"), pid_file, id})
    words.push_back(word);
  // The runtime ends after `create`: for that moment we are the one to whom the container's PID 1 comes, and so its
  // exit status. Not longer, or we would have to reap for everybody.
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  const auto created = run_into(bundle + "/log", words);
  ::prctl(PR_SET_CHILD_SUBREAPER, 0);
  if (created.exit_code != 0) return -1;
  const std::string pid = read_file(pid_file);
  run({"nsenter", "-n", "-t", pid, "ip", "link", "set", "lo", "up"});
  return std::atoi(pid.c_str());
}

std::optional<int> wait_for_child(pid_t child, std::chrono::milliseconds limit) {
  int status = 0;
  if (!wait_until([&] { return ::waitpid(child, &status, WNOHANG) != 0; }, limit)) return std::nullopt;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace engines
