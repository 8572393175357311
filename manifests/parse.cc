#include "manifests/parse.h"

#include <optional>
#include <string>
#include <utility>

#include "manifests/field.h"
#include "manifests/sections.h"
#include "manifests/structure.h"
#include "manifests/text_check.h"
#include "manifests/tree.h"

namespace manifests {
namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

void read_version(const Table& table) {
  const auto version = table.require("version", "is missing; write version: 1");
  if (version && !version->node->oddities.is_alias &&
      (version->node->kind != Node::Kind::plain || version->node->text != "1"))
    version->refuse("this program reads version 1 of the language; write version: 1");
}

Manifest read_manifest(const Node& root, Complaints& complaints) {
  const Table table({&root, "", &complaints}, manifest_keys);
  Manifest manifest;
  if (!table.is_map()) return manifest;
  read_version(table);
  if (const auto owner = table.require("owner", "is missing; name the identity that successors share"))
    read_owner(*owner, manifest);
  if (const auto command = table.find("command")) read_command(*command, manifest);
  read_claims(table, manifest);
  if (const auto stop = table.find("stop")) read_stop(*stop, manifest.stop);
  if (const auto restart = table.find("restart")) read_restart(*restart, manifest.restart);
  if (const auto ready = table.find("ready")) read_ready(*ready, manifest.sockets, manifest.ready);
  if (const auto takeover = table.find("takeover")) read_takeover(*takeover, manifest.takeover);
  if (const auto match = table.find("match")) read_match(*match, manifest.match.emplace());
  table.read("inject", read_truth, manifest.inject);
  return manifest;
}

/// Nothing when even a tree cannot be had.
std::optional<Node> read_document(std::string_view text, Complaints& complaints) {
  if (text.size() > max_size) {
    complaints.add({}, "", "larger than 64 KiB");
    return std::nullopt;
  }
  if (auto blemish = find_blemish(text)) {
    complaints.add(blemish->mark, "", std::move(blemish->text));
    return std::nullopt;
  }
  auto root = read_tree(text, complaints);
  if (!complaints.empty()) return std::nullopt;
  if (root && root->kind != Node::Kind::nothing) return root;
  complaints.add({}, "", "the manifest is empty");
  return std::nullopt;
}

}  // namespace

std::expected<Manifest, std::vector<Complaint>> parse(std::string_view text, std::string_view file) {
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  Complaints complaints;
  Manifest manifest;
  if (const auto root = read_document(text, complaints)) {
    check_structure(*root, complaints);
    manifest = read_manifest(*root, complaints);
  }
  if (!complaints.empty()) return std::unexpected(complaints.all(text, file));
  return manifest;
}

}  // namespace manifests
