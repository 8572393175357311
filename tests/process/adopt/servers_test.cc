// Debian's servers, unmodified, whose socket is adopted: each serves, and is redeployed without a failed request.
#include <unistd.h>

#include <csignal>
#include <iostream>

#include "tests/process/adopt/under_adoption.h"
#include "tests/support/load.h"
#include "tests/support/volume.h"

namespace {

using namespace support;

const Exchange http{"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n", "ok\n"};

/// One FastCGI record of less than 256 bytes.
std::string record(char type, const std::string& content) {
  return std::string{'\1', type, '\0', '\1', '\0', static_cast<char>(content.size()), '\0', '\0'} + content;
}

std::string parameter(const std::string& name, const std::string& value) {
  return std::string{static_cast<char>(name.size()), static_cast<char>(value.size())} + name + value;
}

Exchange fast_cgi_ping() {
  constexpr char begin = 1, parameters = 4, input = 5;
  const std::string responder("\0\1\0\0\0\0\0\0", 8);
  return {record(begin, responder) +
              record(parameters, parameter("REQUEST_METHOD", "GET") + parameter("SCRIPT_NAME", "/ping") +
                                     parameter("SCRIPT_FILENAME", "/ping")) +
              record(parameters, "") + record(input, ""),
          "pong"};
}

/// "DIR" in a command or file is the server's own directory, "SOCKET" the path of its socket.
struct Served {
  std::string name;
  std::string program;  ///< where Debian has it
  std::vector<std::string> command;
  std::vector<std::pair<std::string, std::string>> files{};
  std::string stop = "TERM";
  Exchange exchange = http;
};

std::ostream& operator<<(std::ostream& out, const Served& one) { return out << one.name; }

constexpr const char* wsgi = R"(
def app(environ, start_response):
    start_response("200 OK", [("Content-Length", "3")])
    return [b"ok\n"]
async def asgi(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"3")]})
    await send({"type": "http.response.body", "body": b"ok\n"})
)";
constexpr const char* nginx = R"(daemon off; pid DIR/pid; error_log stderr; user nobody nogroup;
events {}
http { access_log off; client_body_temp_path DIR/b; proxy_temp_path DIR/p; fastcgi_temp_path DIR/f;
  uwsgi_temp_path DIR/u; scgi_temp_path DIR/s;
  server { listen unix:SOCKET; location / { return 200 "ok\n"; } } }
)";
constexpr const char* node = R"(const server = require("http").createServer((_, answer) => answer.end("ok\n"))
server.listen(process.argv[2])
process.on("SIGTERM", () => server.close())
)";
constexpr const char* cluster = R"(const cluster = require("cluster")
if (cluster.isPrimary) {
  process.chdir("DIR/..")
  cluster.fork(); cluster.fork()
  process.on("SIGTERM", () => cluster.disconnect(() => process.exit(0)))
} else {
  require("http").createServer((_, answer) => answer.end("ok\n")).listen(process.argv[2])
  process.on("SIGTERM", () => {})
}
)";
constexpr const char* php = R"([global]
error_log = /dev/stderr
daemonize = no
[www]
user = nobody
group = nogroup
listen = SOCKET
listen.mode = 0666
pm = static
pm.max_children = 2
ping.path = /ping
)";
constexpr const char* haproxy = R"(global
  maxconn 100
defaults
  mode http
  timeout client 5s
  timeout server 5s
  timeout connect 5s
frontend web
  bind unix@SOCKET mode 666
  http-request return status 200 content-type text/plain string "ok\n"
)";
constexpr const char* caddy = "{\n admin off\n auto_https off\n}\nhttp:// {\n bind unix/SOCKET\n respond \"ok\n\"\n}\n";

std::vector<Served> all_served() {
  return {
      {"Gunicorn", "/usr/bin/gunicorn", {"--chdir", "DIR", "--bind", "unix:SOCKET", "app:app"}, {{"app.py", wsgi}}},
      {"Uvicorn", "/usr/bin/uvicorn", {"--app-dir", "DIR", "--uds", "SOCKET", "--no-access-log", "app:asgi"},
       {{"app.py", wsgi}}},
      {"NginxByQuit", "/usr/sbin/nginx", {"-c", "DIR/nginx.conf"}, {{"nginx.conf", nginx}}, "QUIT"},
      {"NginxByTerm", "/usr/sbin/nginx", {"-c", "DIR/nginx.conf"}, {{"nginx.conf", nginx}}, "TERM"},
      {"Node", "/usr/bin/node", {"DIR/app.js", "SOCKET"}, {{"app.js", node}}},
      {"NodeCluster", "/usr/bin/node", {"DIR/app.js", "RELATIVE"}, {{"app.js", cluster}}},
      {"Puma", "/usr/bin/puma", {"--dir", "DIR", "--bind", "unix://SOCKET"},
       {{"config.ru", "run lambda { |_| [200, {'Content-Length' => '3'}, [\"ok\\n\"]] }\n"}}},
      {"PhpFpm", "/usr/sbin/php-fpm8.2", {"--nodaemonize", "--fpm-config", "DIR/fpm.conf"}, {{"fpm.conf", php}},
       "QUIT", fast_cgi_ping()},
      {"CaddyInGo", "/usr/bin/caddy", {"run", "--config", "DIR/Caddyfile", "--adapter", "caddyfile"},
       {{"Caddyfile", caddy}}},
      {"HaproxyByRename", "/usr/sbin/haproxy", {"-db", "-f", "DIR/haproxy.cfg"}, {{"haproxy.cfg", haproxy}}, "USR1"},
  };
}

class Debian : public Adoption, public testing::WithParamInterface<std::tuple<Served, std::string>> {
 protected:
  void SetUp() override {
    Adoption::SetUp();
    if (HasFailure() || IsSkipped()) return;
    if (const auto lack = lack_of_namespaces(); !lack.empty()) return skip(lack);
    if (const auto lack = lack_of_root(); !lack.empty()) return skip(lack);
    const auto& server = std::get<0>(GetParam());
    if (access(server.program.c_str(), X_OK) != 0) skip(server.program + " is not installed");
  }

  std::string filled(std::string text) const {
    const std::pair<std::string, std::string> words[] = {
        {"DIR", directory_.path()},
        {"SOCKET", socket_},
        {"RELATIVE", volume_.path().substr(volume_.path().rfind('/') + 1) + "/web.sock"}};
    for (const auto& [word, value] : words)
      for (std::size_t at; (at = text.find(word)) != text.npos;) text.replace(at, word.size(), value);
    return text;
  }

  Settings generation(const std::string& id) const {
    const auto& [server, order] = GetParam();
    for (const auto& [name, text] : server.files) write_file(directory_ / name, filled(text));
    std::vector<std::string> command{server.program};
    for (const auto& word : server.command) command.push_back(filled(word));
    const auto manifest = volume_.manifest_owning("web.sock", "    activation: adopt\nstop: {signal: " + server.stop +
                                                                  "}\ntakeover: {order: " + order + "}\n");
    auto settings = container(id, manifest, command);
    settings.environment.push_back("HOME=" + directory_.path());
    return settings;
  }

  Volume volume_;
  const std::string socket_ = volume_ / "web.sock";
};

bool answers(const std::string& socket, const Exchange& exchange) {
  Load once(socket, 1, exchange);
  const bool has_served = wait_until([&] { return once.served() > 0 || once.failed() > 0; }, 30s);
  once.stop();
  return has_served && once.served() > 0;
}

TEST_P(Debian, IsRedeployedWithoutAFailedRequest) {
  const auto& server = std::get<0>(GetParam());
  Child first(generation("generation0"));
  ASSERT_TRUE(wait_until([&] { return !read_file(volume_ / ".solinit/web.sock.owner").empty(); }, 30s))
      << first.log() << first.out();
  ASSERT_TRUE(answers(socket_, server.exchange)) << first.log() << first.out();
  Load load(socket_, 8, server.exchange);
  for (int number = 1; number <= 2; ++number) {
    Child next(generation("generation" + std::to_string(number)));
    ASSERT_TRUE(next.logs("took over from", 60s)) << next.log() << first.log();
    EXPECT_EQ(first.ending(30s), exited(0)) << first.log();
    const long before = load.served();
    EXPECT_TRUE(wait_until([&] { return load.served() > before + 80; }, 30s)) << next.log();
    EXPECT_EQ(next.log().find("itself"), std::string::npos) << "it fell back: " << next.log();
    first = std::move(next);
  }
  load.stop();
  EXPECT_EQ(load.failed(), 0) << load.first_failure() << " of " << load.served() << "\n" << first.log();
  std::cout << load.served() << " requests over 2 redeploys, " << load.failed() << " failed; the longest took "
            << load.longest().count() << " ms\n";
}

INSTANTIATE_TEST_SUITE_P(Adopted, Debian,
                         testing::Combine(testing::ValuesIn(all_served()), testing::Values("strict", "overlap")),
                         [](const auto& each) {
                           return std::get<0>(each.param).name +
                                  (std::get<1>(each.param) == "strict" ? "InStrictOrder" : "InOverlap");
                         });

}  // namespace
