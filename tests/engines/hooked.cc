#include "tests/engines/hooked.h"

#include <filesystem>

namespace engines {
namespace {

namespace fs = std::filesystem;

std::string entry(const std::string& stage, const std::string& place) {
  return R"({"path":")" HOOK_PROGRAM R"(","args":["solinit-hook",")" + stage + R"(","--manifests",")" + place +
         R"(/manifests","--records",")" + place + R"(/records","--report",")" + place +
         R"(/report","--timeout","20"],"env":[],"timeout":20})";
}

}  // namespace

Hooked::Hooked(const Shop& shop) : shop_(shop) {
  place_ = fs::path(shop.on_host("/run/web")).parent_path().parent_path().string() + "/" + shop.mark() + "-hook";
  hooks_dir_ = place_ + "/hooks.d";
  fs::create_directories(hooks_dir_);
  fs::create_directories(place_ + "/manifests");
  for (const std::string stage : {"createRuntime", "poststop"})
    write_file(hooks_dir_ + "/50-" + stage + ".json", R"({"version":"1.0.0","when":{"annotations":{"^io\\.solinit":"."}},"hook":)" +
                                                          entry(stage, place_) + R"(,"stages":[")" + stage + "\"]}");
}

Hooked::~Hooked() {
  std::error_code ignored;
  fs::remove_all(place_, ignored);
}

void Hooked::own(const std::string& more) const {
  write_file(place_ + "/manifests/shop.yaml",
             std::string("version: 1\nowner: shop\nmatch: {annotations: {io.solinit.owner: ") + shop_.mark() +
                 "}}\nsockets: [{path: " + socket_path + "}]\n" + more);
}

Recipe Hooked::with_hook(Recipe recipe) const {
  recipe.annotations = {{"io.solinit.owner", shop_.mark()}};
  recipe.hooks_dir = hooks_dir_;
  recipe.hooks = R"({"createRuntime":[)" + entry("createRuntime", place_) + R"(],"poststop":[)" +
                 entry("poststop", place_) + "]}";
  return recipe;
}

std::string Hooked::report() const { return read_file(place_ + "/report"); }

}  // namespace engines
