#include "manifests/path.h"

#include <algorithm>

#include "manifests/limits.h"

namespace manifests {
namespace {

std::string objection(std::string_view text) {
  if (text.empty()) return "is empty";
  if (text.starts_with('@'))
    return "abstract sockets (@name) are refused: no file stands for them, so there is nothing to lease or to clear";
  if (!text.starts_with('/')) return "must be absolute: begin with /";
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::any_of(text.begin(), text.end(), is_control)) return "holds a control character";
  if (text.ends_with('/') || text.ends_with("/.")) return "names a directory";
  return {};
}

}  // namespace

std::expected<std::string, std::string> to_path(std::string_view text, std::size_t most_bytes) {
  if (auto why = objection(text); !why.empty()) return std::unexpected(std::move(why));
  std::string path;
  std::string_view name;
  while (!text.empty()) {
    const auto end = std::min(text.find('/'), text.size());
    name = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (name == "..") return std::unexpected("'..' is refused: with links on the way it can lead anywhere");
    if (name == ".solinit") return std::unexpected("'.solinit' is where solinit keeps its own files");
    if (!name.empty() && name != ".") path.append("/").append(name);
  }
  if (path.size() > most_bytes)
    return std::unexpected("is " + std::to_string(path.size()) + " bytes long; at most " + std::to_string(most_bytes) +
                           " are possible");
  if (name.size() > max_file_name)
    return std::unexpected("its file name is " + std::to_string(name.size()) + " bytes long; at most " +
                           std::to_string(max_file_name) + " are possible");
  return path;
}

std::string stem_of(std::string_view path) {
  const auto name = path.substr(path.rfind('/') + 1);
  const auto dot = name.rfind('.');
  return std::string(dot == name.npos || dot == 0 ? name : name.substr(0, dot));
}

}  // namespace manifests
