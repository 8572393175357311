#include "manifests/complaint.h"

#include <algorithm>
#include <utility>

#include "manifests/limits.h"

namespace manifests {
namespace {

bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }
bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

std::vector<std::string_view> lines_of(std::string_view document) {
  std::vector<std::string_view> lines;
  for (std::size_t begin = 0; begin <= document.size();) {
    const auto end = std::min(document.find('\n', begin), document.size());
    lines.push_back(document.substr(begin, end - begin));
    begin = end + 1;
  }
  // After the last line end there is nothing that a person could point at.
  if (lines.size() > 1 && lines.back().empty()) lines.pop_back();
  return lines;
}

/// yaml-cpp counts bytes from 0, and at the end of the text a line too many.
std::pair<std::size_t, std::size_t> position(Mark mark, const std::vector<std::string_view>& lines) {
  const bool is_behind = mark.line >= lines.size();
  const auto line = is_behind ? lines.size() - 1 : mark.line;
  auto before = is_behind ? lines[line] : lines[line].substr(0, mark.column);
  if (is_behind && before.ends_with('\r')) before.remove_suffix(1);
  const auto characters = std::count_if(before.begin(), before.end(), begins_character);
  return {line + 1, static_cast<std::size_t>(characters) + 1};
}

}  // namespace

std::string format(const Complaint& complaint) {
  auto line = complaint.file + ':' + std::to_string(complaint.line) + ':' + std::to_string(complaint.column) + ": ";
  if (!complaint.key.empty()) line += complaint.key + ": ";
  return line += complaint.text;
}

std::string quote(std::string_view text) {
  constexpr std::size_t longest = 60;
  const bool is_cut = text.size() > longest;
  if (is_cut) {
    text = text.substr(0, longest);
    while (!begins_character(text.back())) text.remove_suffix(1);
    if (static_cast<unsigned char>(text.back()) >= 0xc0) text.remove_suffix(1);
  }
  std::string quoted = "'";
  for (const char c : text) quoted += is_control(c) ? '?' : c;
  return quoted += is_cut ? "…'" : "'";
}

void Complaints::add(Mark mark, std::string key, std::string text) {
  remarks_.push_back({mark, std::move(key), std::move(text)});
}

std::vector<Complaint> Complaints::all(std::string_view document, std::string_view file) const {
  std::vector<const Remark*> ordered;
  ordered.reserve(remarks_.size());
  for (const auto& remark : remarks_) ordered.push_back(&remark);
  std::stable_sort(ordered.begin(), ordered.end(), [](const Remark* a, const Remark* b) {
    return std::pair(a->mark.line, a->mark.column) < std::pair(b->mark.line, b->mark.column);
  });
  const auto lines = lines_of(document);
  std::vector<Complaint> complaints;
  for (const auto* remark : ordered) {
    const auto [line, column] = position(remark->mark, lines);
    const auto left = ordered.size() - complaints.size();
    if (complaints.size() == max_complaints) {
      complaints.push_back({std::string(file), line, column, "", "and " + std::to_string(left) + " more errors"});
      break;
    }
    complaints.push_back({std::string(file), line, column, remark->key, remark->text});
  }
  return complaints;
}

}  // namespace manifests
