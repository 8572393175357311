#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/contract/recipe.h"
#include "tests/support/child.h"
#include "tests/support/load.h"
#include "tests/support/requirement.h"
#include "tests/support/temp_dir.h"

// docs/migrating.md: what stands before and after there is started as it stands there.

namespace support {
namespace {

namespace fs = std::filesystem;

constexpr auto container_script = R"(
  image=$1 volume=$2 root=$3
  shift 3
  mount -t tmpfs -o mode=755 tmpfs "$root"
  cd "$root"
  cp -a "$image/." .
  mkdir -p usr etc lower upper work
  mv usr etc lower
  mkdir -p usr etc proc dev tmp run/shop
  mount -t overlay overlay -o "lowerdir=lower/usr:/usr" usr
  mount -t overlay overlay -o "lowerdir=lower/etc:/etc,upperdir=upper,workdir=work" etc
  mount -t proc proc proc
  mount --rbind /dev dev
  mount --bind "$volume" run/shop
  exec chroot . "$@"
)";

struct Case {
  std::string name, heading, row, init;  ///< init: what must be installed here
};

void PrintTo(const Case& one, std::ostream* out) { *out << one.heading; }

std::string document() { return read_file(SOURCES "/docs/migrating.md"); }

class Migrating : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    if (const auto lack = lack_of_root(); !lack.empty()) return skip(lack);
    if (const auto lack = lack_of_namespaces(); !lack.empty()) return skip(lack);
    for (const auto& file : {GetParam().init, std::string("/usr/bin/node")})
      if (access(file.c_str(), X_OK) != 0) return skip("there is no " + file + " here");
    const auto text = document();
    const auto common = recipe::section_of(text, "The example").common;
    const auto section = recipe::section_of(text, GetParam().heading);
    build(before_, common, section.before);
    build(after_, common, section.after);
    words_ = recipe::row_of(text, GetParam().row);
    ASSERT_EQ(words_.size(), 5u) << GetParam().row;
  }

  Child start(const recipe::Image& image, const std::string& container) const {
    Settings settings;
    settings.command = {"/bin/sh",  "-euc",         container_script,   "container",
                        image.root, volume_.path(), mount_point_.path()};
    for (const auto* words : {&image.entry_point, &image.command})
      settings.command.insert(settings.command.end(), words->begin(), words->end());
    settings.environment = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                            "SOLINIT_CONTAINER_ID=" + container};
    settings.as = As::pid_one;
    settings.has_own_network = true;
    return Child(settings);
  }

  bool answers() const {
    Load once(volume_ / "web.sock", 1, {"GET / HTTP/1.0\r\n\r\n", "shop\n"});
    const bool is_answered = wait_until([&] { return once.served() + once.failed() > 0; }, 30s);
    once.stop();
    return is_answered && once.served() > 0;
  }

  bool serves(Child& container) const {
    return wait_until([&] { return answers() || !container.runs(); }, 30s) && container.runs();
  }

  /// Leaves on the volume what `image` leaves there when it is killed.
  void kill_once(const recipe::Image& image) const {
    auto first = start(image, "first");
    ASSERT_TRUE(serves(first)) << first.log() << first.out();
    first.signal(SIGKILL);
    ASSERT_EQ(first.ending(), killed_by(SIGKILL));
    ASSERT_TRUE(fs::is_socket(volume_ / "web.sock"));
  }

  void expect_relaunch(const recipe::Image& image, const std::string& outcome) const {
    kill_once(image);
    auto again = start(image, "first");
    const auto told = [&] { return again.log() + again.out(); };
    if (outcome == "serves") {
      EXPECT_TRUE(serves(again)) << told();
    } else if (outcome == "leaves with 1") {
      EXPECT_EQ(again.ending(30s), exited(1)) << told();
    } else {
      EXPECT_EQ(outcome, "runs, serves nothing");
      const auto fails_twice = [&] {
        const auto log = again.log();
        const std::string failure = "Error: listen EADDRINUSE";
        const auto once = log.find(failure);
        return once != log.npos && log.find(failure, once + 1) != log.npos;
      };
      EXPECT_TRUE(wait_until(fails_twice, 60s)) << told();
      EXPECT_TRUE(again.runs()) << told();
      EXPECT_FALSE(answers());
    }
    fs::remove(volume_ / "web.sock");
  }

  void expect_end(const recipe::Image& image, const std::string& outcome) const {
    auto web = start(image, "first");
    ASSERT_TRUE(serves(web)) << web.log() << web.out();
    web.signal(SIGTERM);
    if (outcome == "ignored") {
      EXPECT_TRUE(answers()) << web.log() << web.out();
      EXPECT_TRUE(web.runs());
    } else {
      EXPECT_EQ(web.ending(30s), exited(std::stoi(outcome))) << web.log() << web.out();
    }
    fs::remove(volume_ / "web.sock");
  }

  recipe::Image before_, after_;
  std::vector<std::string> words_;
  TempDir volume_;

 private:
  void build(recipe::Image& image, const recipe::Files& common, const recipe::Files& own) {
    image.root = images_ / std::to_string(++count_);
    for (const std::string name : {"bin", "sbin", "lib", "lib64"}) {
      fs::create_directories(image.root + "/usr/" + name);
      fs::create_directory_symlink("usr/" + name, image.root + "/" + name);
    }
    auto files = own;
    files.insert(common.begin(), common.end());
    ASSERT_TRUE(own.contains("Dockerfile")) << GetParam().heading;
    image.add(files, common.at("Dockerfile"));
    image.add(files, own.at("Dockerfile"));
    ASSERT_FALSE(image.entry_point.empty()) << GetParam().heading;
  }

  TempDir images_, mount_point_;
  int count_ = 0;
};

TEST_P(Migrating, StartsAgainAfterAKillAsTheTableSays) {
  expect_relaunch(before_, words_[1]);
  expect_relaunch(after_, words_[2]);
}

TEST_P(Migrating, EndsByTermAsTheTableSays) {
  expect_end(before_, words_[3]);
  expect_end(after_, words_[4]);
}

const Case script{"Script", "From an entry script that removes sockets", "rm -f *.sock", "/bin/sh"};
const std::vector<Case> cases = {
    {"Tini", "From tini", "tini", "/usr/bin/tini"},
    {"DumbInit", "From dumb-init", "dumb-init", "/usr/bin/dumb-init"},
    {"Catatonit", "From catatonit", "catatonit", "/usr/bin/catatonit"},
    {"S6", "From s6-overlay", "s6-overlay", "/usr/bin/s6-svscan"},
    script,
    {"Supervisord", "From supervisord", "supervisord", "/usr/bin/supervisord"},
};

INSTANTIATE_TEST_SUITE_P(From, Migrating, testing::ValuesIn(cases),
                         [](const auto& parameter) { return parameter.param.name; });

TEST(MigratingPage, HasNoSectionThatIsNotRun) {
  const auto text = document();
  std::size_t sections = 0;
  for (auto at = text.find("\n## From "); at != text.npos; at = text.find("\n## From ", at + 1)) ++sections;
  EXPECT_EQ(sections, cases.size());
}

class MigratingFromAScript : public Migrating {};

TEST_P(MigratingFromAScript, EndsTwoServersOfOneSocket) {
  const std::string socket = volume_ / "web.sock";
  {
    auto first = start(before_, "first");
    ASSERT_TRUE(serves(first)) << first.log();
    const auto made = fs::last_write_time(socket);
    auto second = start(before_, "second");
    std::error_code error;
    EXPECT_TRUE(wait_until([&] { return fs::last_write_time(socket, error) != made && answers(); }, 30s))
        << second.log();
    EXPECT_TRUE(first.runs()) << first.log();
    EXPECT_TRUE(second.runs()) << second.log();
  }
  fs::remove(socket);

  auto first = start(after_, "first");
  ASSERT_TRUE(serves(first)) << first.log();
  auto second = start(after_, "second");
  EXPECT_EQ(first.ending(30s), exited(0)) << first.log() << second.log();
  EXPECT_TRUE(serves(second)) << second.log();
}

INSTANTIATE_TEST_SUITE_P(From, MigratingFromAScript, testing::Values(script));

}  // namespace
}  // namespace support
