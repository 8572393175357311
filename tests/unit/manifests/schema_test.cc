#include <gtest/gtest.h>
#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>

#include "manifests/parse.h"
#include "manifests/print.h"
#include "manifests/words.h"
#include "tests/unit/manifests/examples.h"
#include "tests/unit/manifests/generated.h"

namespace manifests {
namespace {

constexpr const char* schema_file = MANIFESTS_FOLDER "/schema.json";

/// JSON is YAML.
YAML::Node schema() { return YAML::LoadFile(schema_file); }

std::set<std::string> words(const YAML::Node& list) {
  std::set<std::string> all;
  for (const auto& word : list) all.insert(word.as<std::string>());
  return all;
}

std::set<std::string> keys(const YAML::Node& object) {
  std::set<std::string> all;
  for (const auto& pair : object["properties"]) all.insert(pair.first.as<std::string>());
  EXPECT_FALSE(object["additionalProperties"].as<bool>());
  return all;
}

template <typename List>
std::set<std::string> ours(const List& list) {
  return {list.begin(), list.end()};
}

TEST(Schema, HasTheKeysOfTheParser) {
  const auto root = schema();
  const auto properties = root["properties"];
  EXPECT_EQ(keys(root), ours(manifest_keys));
  EXPECT_EQ(keys(root["$defs"]["socket"]), ours(socket_keys));
  EXPECT_EQ(keys(properties["stop"]), ours(stop_keys));
  EXPECT_EQ(keys(properties["restart"]), ours(restart_keys));
  EXPECT_EQ(keys(properties["ready"]), ours(ready_keys));
  EXPECT_EQ(keys(properties["ready"]["properties"]["when"]["anyOf"][1]), ours(ready_when_keys));
  EXPECT_EQ(keys(properties["takeover"]), ours(takeover_keys));
  EXPECT_EQ(keys(properties["match"]), ours(match_keys));
}

TEST(Schema, HasTheWordsOfTheParser) {
  const auto properties = schema()["properties"];
  const auto socket = schema()["$defs"]["socket"]["properties"];
  const auto takeover = properties["takeover"]["properties"];
  EXPECT_EQ(words(socket["type"]["enum"]), ours(texts_of(socket_types)));
  EXPECT_EQ(words(socket["activation"]["enum"]), ours(texts_of(activations)));
  EXPECT_EQ(words(properties["restart"]["properties"]["policy"]["enum"]), ours(texts_of(restart_policies)));
  EXPECT_EQ(words(properties["ready"]["properties"]["when"]["anyOf"][0]["enum"]), ours(texts_of(ready_words)));
  EXPECT_EQ(words(takeover["policy"]["enum"]), ours(texts_of(takeover_policies)));
  EXPECT_EQ(words(takeover["order"]["enum"]), ours(texts_of(takeover_orders)));
  EXPECT_EQ(words(takeover["strangers"]["enum"]), ours(texts_of(stranger_policies)));
}

void expect_default(const YAML::Node& property, const YAML::Node& printed, const std::string& path) {
  if (property["default"]) {
    EXPECT_EQ(property["default"].as<std::string>(), printed.as<std::string>()) << path;
  }
  for (const auto& child : property["properties"]) {
    const auto name = child.first.as<std::string>();
    if (printed.IsMap() && printed[name]) expect_default(child.second, printed[name], path + "." + name);
  }
}

TEST(Schema, HasTheDefaultsOfTheParser) {
  const auto root = schema();
  const auto text = print(parse("version: 1\nowner: o\nsockets: [{path: /a}]\n", "smallest").value());
  auto printed = YAML::Load(text);
  printed["restart"]["limit"] = "5/60s";
  ASSERT_NE(text.find("limit: 5/1m\n"), std::string::npos) << "the same in other units";
  expect_default(root, printed, "");
  expect_default(root["$defs"]["socket"], printed["sockets"][0], "sockets[]");
}

/// What the validator says of each document, or why there is no validator.
struct Findings {
  std::string lack;
  std::vector<std::string> lines;
};

Findings validate(const std::vector<std::string>& documents) {
  if (std::system("/usr/bin/python3 -c 'import jsonschema, yaml; jsonschema.Draft202012Validator' 2>/dev/null") != 0)
    return {"python3-jsonschema 4 and python3-yaml are needed", {}};
  std::string file = testing::TempDir() + "/documents.XXXXXX";
  close(mkstemp(file.data()));
  {
    std::ofstream out(file);
    for (const auto& document : documents) out << "=== \n" << document << "\n";
  }
  const auto command = std::string(VALIDATOR) + " " + schema_file + " < " + file;
  Findings findings;
  const std::unique_ptr<FILE, int (*)(FILE*)> answers(popen(command.c_str(), "re"), pclose);
  char line[4096];
  while (fgets(line, sizeof line, answers.get()) != nullptr) findings.lines.emplace_back(line);
  unlink(file.c_str());
  return findings;
}

void skip(const std::string& reason) {
  const char* const must_run = std::getenv("TESTS_MUST_RUN");
  if (must_run != nullptr && std::string_view(must_run) == "1") FAIL() << reason;
  GTEST_SKIP() << reason;
}

TEST(Schema, TakesEveryExampleAndAllThatTheLanguageCanSay) {
  std::vector<std::string> documents{whole_language()};
  for (const auto& example : examples()) documents.push_back(example.text);
  std::mt19937 random(5);
  for (int i = 0; i < 100; ++i) documents.push_back(print(generate_manifest(random)));
  const auto findings = validate(documents);
  if (!findings.lack.empty()) return skip(findings.lack);
  ASSERT_EQ(findings.lines.size(), documents.size());
  for (std::size_t i = 0; i < documents.size(); ++i) EXPECT_EQ(findings.lines[i], "good\n") << documents[i];
}

TEST(Schema, RefusesWhatTheParserRefuses) {
  const std::string good = "version: 1\nowner: shop\nsockets: [{path: /run/web.sock}]\n";
  std::vector<std::string> documents{"version: 2\nowner: shop\npid_files: [/a]\n",
                                     "version: \"1\"\nowner: shop\npid_files: [/a]\n",
                                     "owner: shop\npid_files: [/a]\n",
                                     "version: 1\npid_files: [/a]\n",
                                     "version: 1\nowner: shop\n",
                                     "version: 1\nowner: shop\nsockets: []\n",
                                     "version: 1\nowner: Shop\npid_files: [/a]\n"};
  for (const std::string line : {"bogus: 1",
                                 "command: gunicorn",
                                 "command: []",
                                 "command: [\"\"]",
                                 "command: [a, true]",
                                 "command: [~]",
                                 "pid_files: [a]",
                                 "pid_files: [/run/../a]",
                                 "pid_files: [/run/]",
                                 "pid_files: [/run/.solinit/a]",
                                 "stop: {signal: term}",
                                 "stop: {signal: 65}",
                                 "stop: {grace: 8}",
                                 "stop: {grace: 1.5s}",
                                 "stop: []",
                                 "restart: {policy: sometimes}",
                                 "restart: {limit: 5}",
                                 "restart: {limit: 5/60}",
                                 "ready: {when: http}",
                                 "ready: {when: {http: healthz}}",
                                 "ready: {when: {}}",
                                 "takeover: {order: loose}",
                                 "takeover: {policy: 1}",
                                 "match: {}",
                                 "match: {annotations: {}}",
                                 "match: {mounts: [run]}",
                                 "match: {annotations: {a: true}}",
                                 "inject: yes",
                                 "inject: 1"})
    documents.push_back(good + line + "\n");
  for (const std::string socket :
       {"name: web", "path: \"@web\"", "path: web", "path: /a, mode: 0660", "path: /a, mode: \"1777\"",
        "path: /a, mode: \"66\"", "path: /a, backlog: 0", "path: /a, backlog: \"5\"", "path: /a, name: \"a:b\"",
        "path: /a, name: \"{a}\"", "path: /a, user: \"\"", "path: /a, group: -1", "path: /a, type: raw",
        "path: /a, activation: adpot"})
    documents.push_back("version: 1\nowner: shop\nsockets: [{" + socket + "}]\n");
  const auto findings = validate(documents);
  if (!findings.lack.empty()) return skip(findings.lack);
  ASSERT_EQ(findings.lines.size(), documents.size());
  for (std::size_t i = 0; i < documents.size(); ++i) {
    EXPECT_FALSE(parse(documents[i], "bad")) << documents[i];
    EXPECT_TRUE(findings.lines[i].starts_with("bad ")) << documents[i];
  }
}

}  // namespace
}  // namespace manifests
