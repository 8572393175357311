#include "tests/unit/manifests/examples.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace manifests {

std::vector<Example> examples() {
  std::vector<Example> found;
  for (const auto& entry : std::filesystem::directory_iterator(MANIFESTS_FOLDER "/examples")) {
    std::ifstream file(entry.path());
    found.push_back({entry.path(), {std::istreambuf_iterator<char>(file), {}}});
  }
  std::sort(found.begin(), found.end(), [](const Example& a, const Example& b) { return a.path < b.path; });
  return found;
}

std::string whole_language() {
  return R"(# yaml-language-server: $schema=schema.json
version: 1
owner: shop-web
command: [gunicorn, "shop.wsgi", --bind, "unix:{web}", --workers, 4]
sockets:
  - path: /run//shop/./web.sock
    name: web
    type: stream
    activation: adopt
    mode: "0660"
    user: 33
    group: www-data
    backlog: 4096
  - path: /run/shop/log.sock
    type: dgram
    activation: inherit
pid_files: [/run/shop/web.pid]
stop: {signal: SIGQUIT, grace: 9s}
restart: {policy: on-failure, backoff: 2s, max_backoff: 1m, limit: 7/90s, signal: HUP}
ready: {when: {http: /healthz}, timeout: 45s}
takeover:
  policy: standby
  order: overlap
  drain: 500ms
  patience: 1h
  strangers: refuse
match:
  annotations: {io.solinit.owner: shop-web, port: 80}
  mounts: [/run/shop]
inject: true
)";
}

}  // namespace manifests
