#include <gtest/gtest.h>

#include "manifests/parse.h"

namespace manifests {
namespace {

std::string complaints_about(const std::string& text) {
  const auto manifest = parse(text, "web.yaml");
  std::string all;
  if (manifest) return all;
  for (const auto& complaint : manifest.error()) all.append(all.empty() ? "" : "\n").append(format(complaint));
  return all;
}

struct Case {
  std::string given;
  std::string expected;
};

/// `given` is what stands after a good beginning of three lines.
void expect_below_good_lines(const std::vector<Case>& cases) {
  for (const auto& each : cases)
    EXPECT_EQ(complaints_about("version: 1\nowner: shop\nsockets: [{path: /run/web.sock}]\n" + each.given),
              "web.yaml:" + each.expected)
        << each.given;
}

/// `given` is in the braces of a socket at column 12 of line 3.
void expect_in_socket(const std::vector<Case>& cases) {
  for (const auto& each : cases)
    EXPECT_EQ(complaints_about("version: 1\nowner: shop\nsockets: [{" + each.given + "}]\n"),
              "web.yaml:3:" + each.expected)
        << each.given;
}

void expect_of_documents(const std::vector<Case>& cases) {
  for (const auto& each : cases) EXPECT_EQ(complaints_about(each.given), "web.yaml:" + each.expected) << each.given;
}

constexpr const char* manifest_words =
    "(version, owner, command, sockets, pid_files, stop, restart, ready, takeover, match, inject)";
constexpr const char* socket_words = "(path, name, type, activation, mode, user, group, backlog)";
constexpr const char* duration_form = "expected a whole number and a unit (ms, s, m, h), as in 300ms, 8s, 2m, 1h";
constexpr const char* socket_name_form =
    " is no socket name: 1 to 255 printable ASCII characters without ':', '{' and '}'";

TEST(Complaints, PointAtTheLineTheColumnAndTheKey) {
  EXPECT_EQ(complaints_about("version: 1\n"
                             "owner: shop-web\n"
                             "command: [gunicorn, shop]\n"
                             "sockets:\n"
                             "  - path: /run/shop/web.sock\n"
                             "    name: web\n"
                             "    activation: adpot\n"),
            "web.yaml:7:5: sockets[0].activation: unknown value 'adpot'; did you mean 'adopt'? (bind, inherit, adopt)");
}

TEST(Complaints, ComeAllAtOnceInTheOrderOfTheDocument) {
  EXPECT_EQ(complaints_about("bogus: 1\nversion: 3\nsockets:\n- path: web.sock\n  mode: 0660\n- type: raw\n"
                             "stop: {grace: 8}\nversion: 1\n"),
            std::string("web.yaml:1:1: bogus: unknown key ") + manifest_words +
                "\nweb.yaml:1:1: owner: is missing; name the identity that successors share\n"
                "web.yaml:2:1: version: this program reads version 1 of the language; write version: 1\n"
                "web.yaml:4:3: sockets[0].path: must be absolute: begin with /\n"
                "web.yaml:5:3: sockets[0].mode: put it in quotes, since YAML reads a number here: \"0660\"\n"
                "web.yaml:6:3: sockets[1].path: is missing\n"
                "web.yaml:6:3: sockets[1].type: unknown value 'raw' (stream, seqpacket, dgram)\n"
                "web.yaml:7:8: stop.grace: '8': a duration needs a unit: ms, s, m or h, as in 300ms, 8s, 2m, 1h\n"
                "web.yaml:8:1: version: given twice; the first is on line 2");
}

TEST(Complaints, CountCharactersAndNotBytes) {
  EXPECT_EQ(
      complaints_about("version: 1\nowner: shop\nsockets: [{path: /run/\u00fc\u20ac.sock, name: u, bcklog: 1}]\n"),
      std::string("web.yaml:3:41: sockets[0].bcklog: unknown key; did you mean 'backlog'? ") + socket_words);
  EXPECT_EQ(complaints_about("\xef\xbb\xbfversion: 2\nowner: shop\npid_files: [/run/p]\n").substr(0, 23),
            "web.yaml:1:1: version: ");
}

TEST(Complaints, ShowNoControlCharactersAndNoEndlessText) {
  EXPECT_EQ(complaints_about("version: 1\nowner: \"a\\n\\e[31m\"\npid_files: [/run/p]\n").substr(0, 30),
            "web.yaml:2:1: owner: 'a??[31m'");
  const auto cut = complaints_about("version: 1\nowner: " + std::string(59, 'a') + "\u20ac\npid_files: [/run/p]\n");
  EXPECT_TRUE(cut.starts_with("web.yaml:2:1: owner: '" + std::string(59, 'a') + "\u2026' is no owner name")) << cut;
  const auto cut_later = complaints_about("version: 1\nowner: " + std::string(58, 'a') + "\u20ac\npid_files: [/run/p]\n");
  EXPECT_TRUE(cut_later.starts_with("web.yaml:2:1: owner: '" + std::string(58, 'a') + "\u2026' is no owner name"))
      << cut_later;
}

TEST(Complaints, AreCountedBeyondAHundred) {
  std::string text = "version: 1\nowner: shop\npid_files: [/run/p]\n";
  for (int i = 0; i < 250; ++i) text.append("aaaaaaaaa").append(std::to_string(i)).append(": 1\n");
  const auto manifest = parse(text, "web.yaml");
  ASSERT_FALSE(manifest);
  ASSERT_EQ(manifest.error().size(), 101U);
  EXPECT_EQ(format(manifest.error().back()), "web.yaml:104:1: and 150 more errors");
}

TEST(Complaints, AreAboutWhatIsNotYamlOrNoManifestAtAll) {
  expect_of_documents({
      {"", "1:1: the manifest is empty"},
      {"\n# nothing\n", "1:1: the manifest is empty"},
      {"---\n", "1:1: the manifest is empty"},
      {"shop\n", "1:1: expected a map, got text"},
      {"[a]\n", "1:1: expected a map, got a list"},
      {"~\n", "1:1: the manifest is empty"},
      {"a: 1\n---\nb: 1\n", "2:1: a second document; a manifest is one"},
      {"a: 1\n...\njunk\n", "3:1: a second document; a manifest is one"},
      {"a: b: c\n", "1:5: not valid YAML: illegal map value"},
      {"a: [1, 2\n", "1:9: not valid YAML: end of sequence flow not found"},
      {"{a: 1", "1:6: not valid YAML: end of map flow not found"},
      {"a: 1\n}\n", "2:1: not valid YAML: illegal flow end"},
      {"@a: 1\n", "1:1: not valid YAML: unknown token"},
      {"a: \"b\nc: 1\n", "2:5: not valid YAML: a quote is not closed"},
      {"a: [x, 'b]\n", "1:11: not valid YAML: a quote is not closed"},
      {"a: \"b", "1:6: not valid YAML: a quote is not closed"},
      {"a:\n\tb: 1\n", "2:3: a tab cannot indent; use spaces"},
      {"a:\n-\tb: 1\n", "2:4: a tab cannot indent; use spaces"},
      {"? [a]\n: b\n", "1:3: a list or map cannot be a key"},
      {"{[a]: b}\n", "1:2: a list or map cannot be a key"},
      {"? {a: b}\n: c\n", "1:3: a list or map cannot be a key"},
      {"a: *x\n", "1:4: not valid YAML: the referenced anchor is not defined"},
      {"a: &x 1\n*x : 2\n", "2:1: an alias cannot be a key"},
      {"~: 2\n", "1:1: a key is missing"},
      {std::string("a: 1\nb: \0\n", 10), "2:4: a NUL byte, which text may not hold"},
      {"a: \x01\n", "1:4: control character 0x01"},
      {"a: 1\rb: 2\n", "1:5: control character 0x0d"},
      {"a: \u20ac\x7f\n", "1:5: control character 0x7f"},
      {"a: 1\nb: caf\xe9\n", "2:7: not UTF-8: byte 0xe9"},
      {"\xff\xfe"
       "a",
       "1:1: not UTF-8: byte 0xff"},
  });
}

TEST(Complaints, AreAboutWhatYamlHasAndAManifestHasNot) {
  expect_below_good_lines({
      {"pid_files: [&a /run/a, /run/b]\n", "4:13: pid_files[0]: anchors (&name) are not allowed; write the value out"},
      {"command: &c [a]\n", "4:1: command: anchors (&name) are not allowed; write the value out"},
      {"command: [&c a, *c]\n",
       "4:11: command[0]: anchors (&name) are not allowed; write the value out\n"
       "web.yaml:4:17: command[1]: aliases (*name) are not allowed; write the value out"},
      {"&k inject: false\n", "4:1: inject: anchors (&name) are not allowed; write the value out"},
      {"inject: !!bool true\n", "4:1: inject: tags (!name) are not allowed"},
      {"command: !x [a]\n", "4:1: command: tags (!name) are not allowed"},
      {"<<: {inject: true}\n", "4:1: <<: merge keys are not allowed; write the values out"},
      {"inject: true\ninject: true\n", "5:1: inject: given twice; the first is on line 4"},
      {"stop: {grace: 8s, grace: 8s}\n", "4:19: stop.grace: given twice; the first is on line 4"},
      {"match: {annotations: {a: b, \"a\": c}}\n", "4:29: match.annotations.a: given twice; the first is on line 4"},
  });
}

TEST(Complaints, AreAboutKeysThatAreMissingOrUnknown) {
  const std::string unknown_key = std::string("unknown key ") + manifest_words;
  expect_of_documents({
      {"owner: shop\npid_files: [/run/p]\n", "1:1: version: is missing; write version: 1"},
      {"version: 1\npid_files: [/run/p]\n", "1:1: owner: is missing; name the identity that successors share"},
      {"version: 1\nowner: shop\n", "1:1: at least one socket or pid file is needed"},
      {"version: 1\nowner: shop\nsockets: []\npid_files: []\n", "1:1: at least one socket or pid file is needed"},
      {"version: 1\nowner: shop\nsockets:\n", "3:1: sockets: expected a list, got nothing"},
      {"version: 1\nowner: shop\nsockets: {path: /run/a}\n", "3:1: sockets: expected a list, got a map"},
      {"version: 1\nowner: shop\nsockets: [a]\n", "3:11: sockets[0]: expected a map, got text"},
      {"version: 1\nowner: shop\nsockets:\n  - path: /a\n  -\n", "5:4: sockets[1]: expected a map, got nothing"},
  });
  expect_below_good_lines({
      {"pidfiles: []\n", std::string("4:1: pidfiles: unknown key; did you mean 'pid_files'? ") + manifest_words},
      {"environment: {}\n", "4:1: environment: " + unknown_key},
      {"\"a\\nb\": 1\n", "4:1: a?b: " + unknown_key},
      {"stop: {signals: TERM}\n", "4:8: stop.signals: unknown key; did you mean 'signal'? (signal, grace)"},
      {"restart: {max-backoff: 1s}\n",
       "4:11: restart.max-backoff: unknown key; did you mean 'max_backoff'? (policy, backoff, max_backoff, limit, signal)"},
      {"ready: {on: x}\n", "4:9: ready.on: unknown key (when, timeout)"},
      {"ready: {when: {htpp: /a}}\n",
       "4:9: ready.when.http: is missing; write {http: /path}\n"
       "web.yaml:4:16: ready.when.htpp: unknown key; did you mean 'http'? (http)"},
      {"takeover: {polcy: refuse}\n",
       "4:12: takeover.polcy: unknown key; did you mean 'policy'? "
       "(policy, order, drain, patience, strangers)"},
      {"match: {mount: [/a]}\n",
       "4:1: match: would match every container; give annotations or mounts\n"
       "web.yaml:4:9: match.mount: unknown key; did you mean 'mounts'? (annotations, mounts)"},
  });
}

TEST(Complaints, AreAboutWrongTypes) {
  const std::string number = "expected a whole number from 1 to 2147483647, got ";
  expect_below_good_lines({
      {"stop: TERM\n", "4:1: stop: expected a map, got text"},
      {"stop:\n", "4:1: stop: expected a map, got nothing"},
      {"restart: []\n", "4:1: restart: expected a map, got a list"},
      {"inject: yes\n", "4:1: inject: expected true or false, got 'yes'"},
      {"inject: \"true\"\n", "4:1: inject: expected true or false, got 'true'"},
      {"inject: 1\n", "4:1: inject: expected true or false, got '1'"},
      {"inject: []\n", "4:1: inject: expected true or false, got a list"},
      {"command: gunicorn shop\n",
       "4:1: command: expected a list, got text; no shell reads it: write [program, argument, ...]"},
      {"command: {}\n", "4:1: command: expected a list, got a map"},
      {"command: \"gunicorn shop\"\n",
       "4:1: command: expected a list, got text; no shell reads it: write [program, argument, ...]"},
      {"command: []\n", "4:1: command: is empty; leave it out"},
      {"command: [\"\"]\n", "4:11: command[0]: is empty"},
      {"command: [a, [b]]\n", "4:14: command[1]: expected text, got a list"},
      {"command: [a, true]\n", "4:14: command[1]: expected text, got a truth value; put it in quotes: \"true\""},
      {"command: [a, ~]\n", "4:14: command[1]: expected text, got nothing"},
      {"command: [\"a\\0b\"]\n", "4:11: command[0]: holds a NUL character"},
      {"pid_files: /run/a\n", "4:1: pid_files: expected a list, got text"},
      {"pid_files: true\n", "4:1: pid_files: expected a list, got a truth value"},
      {"match: {annotations: [a]}\n", "4:9: match.annotations: expected a map, got a list"},
      {"match: {annotations: {a: false}}\n",
       "4:23: match.annotations.a: expected text, got a truth value; put it in quotes: \"false\""},
      {"match: {mounts: /run}\n", "4:9: match.mounts: expected a list, got text"},
  });
  expect_in_socket({
      {"path: /a, backlog: \"5\"", "22: sockets[0].backlog: " + number + "text; leave out the quotes"},
      {"path: /a, backlog: 0", "22: sockets[0].backlog: " + number + "'0'"},
      {"path: /a, backlog: -5", "22: sockets[0].backlog: " + number + "'-5'"},
      {"path: /a, backlog: 010", "22: sockets[0].backlog: " + number + "'010'"},
      {"path: /a, backlog: 1.5", "22: sockets[0].backlog: " + number + "'1.5'"},
      {"path: /a, backlog: 0x10", "22: sockets[0].backlog: " + number + "'0x10'"},
      {"path: /a, backlog: 2147483648", "22: sockets[0].backlog: " + number + "'2147483648'"},
      {"path: /a, backlog: 99999999999999999999", "22: sockets[0].backlog: " + number + "'99999999999999999999'"},
      {"path: /a, backlog: true", "22: sockets[0].backlog: " + number + "'true'"},
      {"path: /a, backlog: [1]", "22: sockets[0].backlog: " + number + "a list"},
      {"path: /a, type: false", "22: sockets[0].type: expected text, got a truth value; put it in quotes: \"false\""},
  });
}

TEST(Complaints, AreAboutVersionsAndOwners) {
  const std::string form =
      " is no owner name: 1 to 63 characters out of a-z, 0-9, '.' and '-', the first a letter or digit";
  for (const std::string version : {"2", "\"1\"", "1.0", "one", "", "[1]", "01"})
    EXPECT_EQ(complaints_about("version: " + version + "\nowner: shop\npid_files: [/run/p]\n"),
              "web.yaml:1:1: version: this program reads version 1 of the language; write version: 1");
  for (const std::string owner : {"Shop", "-shop", ".shop", "shop_web", "sh op", "shöp", "shop/web"})
    EXPECT_EQ(complaints_about("version: 1\nowner: " + owner + "\npid_files: [/run/p]\n"),
              "web.yaml:2:1: owner: '" + owner + "'" + form);
  EXPECT_EQ(complaints_about("version: 1\nowner: \"\"\npid_files: [/run/p]\n"), "web.yaml:2:1: owner: ''" + form);
  EXPECT_NE(complaints_about("version: 1\nowner: " + std::string(64, 'a') + "\npid_files: [/run/p]\n"), "");
}

TEST(Complaints, SayOfAnAliasThatItIsOneAndNotWhatItIsNot) {
  EXPECT_EQ(complaints_about("owner: &o shop\nversion: *o\npid_files: [/a]\n"),
            "web.yaml:1:1: owner: anchors (&name) are not allowed; write the value out\n"
            "web.yaml:2:1: version: aliases (*name) are not allowed; write the value out");
}

TEST(Complaints, AreAboutPaths) {
  const std::string abstract =
      "12: sockets[0].path: abstract sockets (@name) are refused: no file stands for them, so there is nothing to "
      "lease "
      "or to clear";
  expect_in_socket({
      {"path: \"\"", "12: sockets[0].path: is empty"},
      {"path: web.sock", "12: sockets[0].path: must be absolute: begin with /"},
      {"path: \"@web\"", abstract},
      {"path: \"@\"", abstract},
      {"path: /", "12: sockets[0].path: names a directory"},
      {"path: /run/", "12: sockets[0].path: names a directory"},
      {"path: /run/.", "12: sockets[0].path: names a directory"},
      {"path: /run/../a", "12: sockets[0].path: '..' is refused: with links on the way it can lead anywhere"},
      {"path: /run/..", "12: sockets[0].path: '..' is refused: with links on the way it can lead anywhere"},
      {"path: /run/.solinit/a", "12: sockets[0].path: '.solinit' is where solinit keeps its own files"},
      {"path: /run/.solinit", "12: sockets[0].path: '.solinit' is where solinit keeps its own files"},
      {"path: \"/run/a\\nb\"", "12: sockets[0].path: holds a control character"},
      {"path: \"/run/a\\x7fb\"", "12: sockets[0].path: holds a control character"},
      {"path: \"/run/a\\0b\"", "12: sockets[0].path: holds a NUL character"},
      {"path: /" + std::string(107, 'a'), "12: sockets[0].path: is 108 bytes long; at most 107 are possible"},
      {"path: [/a]", "12: sockets[0].path: expected text, got a list"},
      {"path: /a}, {path: //a", "24: sockets[1].path: the same path as sockets[0].path"},
      {"path: /b/a}, {path: /b/./a, name: x", "26: sockets[1].path: the same path as sockets[0].path"},
  });
  const auto deep = std::string("/").append(200, 'a').append("/");
  expect_below_good_lines({
      {"pid_files: [run/a]\n", "4:13: pid_files[0]: must be absolute: begin with /"},
      {"pid_files: [/run/a, /run/a]\n", "4:21: pid_files[1]: the same path as pid_files[0]"},
      {"pid_files: [/run/web.sock]\n", "4:13: pid_files[0]: the same path as sockets[0].path"},
      {"pid_files: [/" + std::string(201, 'a') + "]\n",
       "4:13: pid_files[0]: its file name is 201 bytes long; at most 200 are possible"},
      {"pid_files: [" + deep + deep + deep + deep + deep + deep + "a]\n",
       "4:13: pid_files[0]: is 1208 bytes long; at most 1024 are possible"},
      {"match: {mounts: [run]}\n", "4:18: match.mounts[0]: must be absolute: begin with /"},
  });
}

TEST(Complaints, AreAboutNamesOfSockets) {
  const std::string otherwise = "; set name, which is otherwise made of the file name";
  expect_in_socket({
      {"path: /a, name: \"\"", "22: sockets[0].name: ''" + std::string(socket_name_form)},
      {"path: /a, name: \"a:b\"", "22: sockets[0].name: 'a:b'" + std::string(socket_name_form)},
      {"path: /a, name: \"a{b\"", "22: sockets[0].name: 'a{b'" + std::string(socket_name_form)},
      {"path: /a, name: \"a}b\"", "22: sockets[0].name: 'a}b'" + std::string(socket_name_form)},
      {"path: /a, name: \"a\\x7fb\"", "22: sockets[0].name: 'a?b'" + std::string(socket_name_form)},
      {"path: /a, name: [a]", "22: sockets[0].name: expected text, got a list"},
      {"path: /a, name: " + std::string(256, 'a'),
       "22: sockets[0].name: '" + std::string(60, 'a') + "…'" + socket_name_form},
      {"path: /a, name: \"a\\tb\"", "22: sockets[0].name: 'a?b'" + std::string(socket_name_form)},
      {"path: /a, name: ä", "22: sockets[0].name: 'ä'" + std::string(socket_name_form)},
      {"path: /ä.sock", "12: sockets[0].path: 'ä'" + std::string(socket_name_form) + otherwise},
      {"path: /a, name: n}, {path: /b, name: n", "43: sockets[1].name: the name 'n' is that of sockets[0].name"},
      {"path: /a.sock}, {path: /b/a.sock", "29: sockets[1].path: the name 'a' is that of sockets[0].path" + otherwise},
  });
}

TEST(Complaints, AreAboutModesAndAccounts) {
  const std::string form = "22: sockets[0].mode: expected an octal mode from \"0000\" to \"0777\", got ";
  const std::string account = " is no name or number of a user or group";
  expect_in_socket({
      {"path: /a, mode: 0660", "22: sockets[0].mode: put it in quotes, since YAML reads a number here: \"0660\""},
      {"path: /a, mode: 660", "22: sockets[0].mode: put it in quotes, since YAML reads a number here: \"0660\""},
      {"path: /a, mode: \"1777\"", form + "'1777'"},
      {"path: /a, mode: [\"0660\"]", "22: sockets[0].mode: expected text, got a list"},
      {"path: /a, mode: \"0888\"", form + "'0888'"},
      {"path: /a, mode: \"66\"", form + "'66'"},
      {"path: /a, mode: \"00660\"", form + "'00660'"},
      {"path: /a, mode: \"-660\"", form + "'-660'"},
      {"path: /a, mode: \"0o660\"", form + "'0o660'"},
      {"path: /a, mode: rw-rw----", form + "'rw-rw----'"},
      {"path: /a, mode: \"\"", form + "''"},
      {"path: /a, user: \"\"", "22: sockets[0].user: is empty"},
      {"path: /a, user: -1", "22: sockets[0].user: '-1'" + account},
      {"path: /a, user: a b", "22: sockets[0].user: 'a b'" + account},
      {"path: /a, group: \"a:b\"", "22: sockets[0].group: 'a:b'" + account},
      {"path: /a, group: \"a,b\"", "22: sockets[0].group: 'a,b'" + account},
      {"path: /a, group: a/b", "22: sockets[0].group: 'a/b'" + account},
      {"path: /a, group: \"a\\x7fb\"", "22: sockets[0].group: 'a?b'" + account},
      {"path: /a, group: " + std::string(257, 'a'), "22: sockets[0].group: '" + std::string(60, 'a') + "…'" + account},
      {"path: /a, group: 99999999999", "22: sockets[0].group: '99999999999' is no user or group number: 0 to 4294967294"},
      {"path: /a, group: 4294967295", "22: sockets[0].group: '4294967295' is no user or group number: 0 to 4294967294"},
  });
}

TEST(Complaints, AreAboutSignalsAndDurations) {
  const std::string known = " (a name such as TERM, QUIT or RTMIN+1, or a number from 1 to 64)";
  const std::string form = std::string(": ") + duration_form;
  expect_below_good_lines({
      {"stop: {signal: SIGTRM}\n", "4:8: stop.signal: unknown signal 'SIGTRM'; did you mean 'TERM'?" + known},
      {"stop: {signal: quit}\n", "4:8: stop.signal: unknown signal 'quit'; did you mean 'QUIT'?" + known},
      {"stop: {signal: sigterm}\n", "4:8: stop.signal: unknown signal 'sigterm'; did you mean 'TERM'?" + known},
      {"stop: {signal: 65}\n", "4:8: stop.signal: unknown signal '65'" + known},
      {"stop: {signal: RTMIN+31}\n", "4:8: stop.signal: unknown signal 'RTMIN+31'" + known},
      {"stop: {signal: [TERM]}\n", "4:8: stop.signal: expected text, got a list"},
      {"stop: {grace: 8}\n", "4:8: stop.grace: '8': a duration needs a unit: ms, s, m or h, as in 300ms, 8s, 2m, 1h"},
      {"stop: {grace: 1.5s}\n", "4:8: stop.grace: '1.5s'" + form},
      {"stop: {grace: -1s}\n", "4:8: stop.grace: '-1s'" + form},
      {"stop: {grace: 8sec}\n", "4:8: stop.grace: '8sec'" + form},
      {"stop: {grace: soon}\n", "4:8: stop.grace: 'soon'" + form},
      {"stop: {grace: 25h}\n", "4:8: stop.grace: '25h': longer than 24h"},
      {"stop: {grace: 99999999999999999999h}\n", "4:8: stop.grace: '99999999999999999999h': longer than 24h"},
      {"takeover: {drain: 1, patience: x}\n",
       "4:12: takeover.drain: '1': a duration needs a unit: ms, s, m or h, as in 300ms, 8s, 2m, 1h\n"
       "web.yaml:4:22: takeover.patience: 'x'" +
           form},
  });
}

TEST(Complaints, AreAboutASignalThatCannotMeanRestart) {
  for (const std::string signal : {"TERM", "INT", "QUIT", "KILL", "STOP", "CHLD", "CONT"})
    expect_below_good_lines({{"restart: {signal: " + signal + "}\n",
                              "4:11: restart.signal: is needed for something else; take HUP, USR1 or USR2"}});
  EXPECT_EQ(complaints_about("version: 1\nowner: shop\npid_files: [/a]\nrestart: {signal: HUP}\n"), "");
}

TEST(Complaints, AreAboutRestartReadyAndMatch) {
  const std::string limit = "': expected a number of restarts from 1 to 1000000 and a duration, as in 5/60s";
  const std::string http = "4:16: ready.when.http: expected the path of a request, such as /healthz, got ";
  expect_below_good_lines({
      {"restart: {limit: 5}\n", "4:11: restart.limit: '5" + limit},
      {"restart: {limit: [5]}\n", "4:11: restart.limit: expected text, got a list"},
      {"restart: {limit: 0/60s}\n", "4:11: restart.limit: '0/60s" + limit},
      {"restart: {limit: /60s}\n", "4:11: restart.limit: '/60s" + limit},
      {"restart: {limit: -5/60s}\n", "4:11: restart.limit: '-5/60s" + limit},
      {"restart: {limit: 1000001/60s}\n", "4:11: restart.limit: '1000001/60s" + limit},
      {"restart: {limit: 5/60}\n",
       "4:11: restart.limit: '5/60': a duration needs a unit: ms, s, m or h, as in 300ms, 8s, 2m, 1h"},
      {"restart: {limit: 5/0s}\n", "4:11: restart.limit: '5/0s': the duration must be longer than 0"},
      {"restart: {backoff: 1m}\n", "4:11: restart.backoff: max_backoff (30s) is less than backoff (1m)"},
      {"restart: {backoff: 2s, max_backoff: 1s}\n",
       "4:24: restart.max_backoff: max_backoff (1s) is less than backoff (2s)"},
      {"restart: {policy: on_failure}\n",
       "4:11: restart.policy: unknown value 'on_failure'; did you mean 'on-failure'? "
       "(never, on-failure, always)"},
      {"ready: {when: http}\n", "4:9: ready.when: http needs the path to ask for: {http: /healthz}"},
      {"ready: {when: listen}\n", "4:9: ready.when: unknown value 'listen' (listening, notify, {http: /path})"},
      {"ready: {when: [notify]}\n", "4:9: ready.when: expected text, got a list"},
      {"ready: {when: {http: [/a]}}\n", "4:16: ready.when.http: expected text, got a list"},
      {"ready: {when: notfy}\n",
       "4:9: ready.when: unknown value 'notfy'; did you mean 'notify'? (listening, notify, {http: /path})"},
      {"ready: {when: {http: healthz}}\n", http + "'healthz'"},
      {"ready: {when: {http: \"/a b\"}}\n", http + "'/a b'"},
      {"ready: {when: {http: /ä}}\n", http + "'/ä'"},
      {"ready: {when: {http: \"/\\x7f\"}}\n", http + "'/?'"},
      {"ready: {when: {http: /" + std::string(1024, 'a') + "}}\n", http + "'/" + std::string(59, 'a') + "…'"},
      {"ready: {when: {http: \"/a\\r\\nX: y\"}}\n", http + "'/a??X: y'"},
      {"ready: {timeout: 0s}\n", "4:9: ready.timeout: must be longer than 0"},
      {"takeover: {policy: hand-over}\n",
       "4:12: takeover.policy: unknown value 'hand-over'; did you mean 'handover'? "
       "(handover, standby, refuse)"},
      {"takeover: {order: loose}\n", "4:12: takeover.order: unknown value 'loose' (strict, overlap)"},
      {"takeover: {strangers: kill}\n", "4:12: takeover.strangers: unknown value 'kill' (evict, refuse)"},
      {"match: {}\n", "4:1: match: would match every container; give annotations or mounts"},
      {"match: {annotations: {}, mounts: []}\n", "4:1: match: would match every container; give annotations or mounts"},
      {"match: {annotations: {\"\": a}}\n",
       "4:23: match.annotations.: an annotation needs a name without NUL characters"},
      {"match: {annotations: {\"a\\0b\": c}}\n",
       "4:23: match.annotations.a?b: an annotation needs a name without NUL characters"},
      {"match: {mounts: [[/a]]}\n", "4:18: match.mounts[0]: expected text, got a list"},
      {"match: [/a]\n", "4:1: match: expected a map, got a list"},
  });
}

TEST(Complaints, AreAboutHttpWithNoSocketToAskOver) {
  EXPECT_EQ(complaints_about("version: 1\nowner: shop\nsockets: [{path: /a, type: dgram}]\nready: {when: {http: /}}\n"),
            "web.yaml:4:16: ready.when.http: needs a socket of type stream to ask over");
  EXPECT_EQ(complaints_about("version: 1\nowner: shop\npid_files: [/a]\nready: {when: {http: /}}\n"),
            "web.yaml:4:16: ready.when.http: needs a socket of type stream to ask over");
}

}  // namespace
}  // namespace manifests
