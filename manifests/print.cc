#include "manifests/print.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "manifests/duration.h"
#include "manifests/signal_names.h"
#include "manifests/words.h"

namespace manifests {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// What one of the versions of YAML reads as something else than text.
bool is_word_of_yaml(std::string_view text) {
  constexpr std::array<std::string_view, 9> words{"true", "false", "null", "yes", "no", "on", "off", "y", "n"};
  const auto same = [](char a, char b) { return (a | 0x20) == b; };
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    return std::equal(text.begin(), text.end(), word.begin(), word.end(), same);
  });
}

/// Means itself without quotes, wherever it stands.
bool is_plain(std::string_view text) {
  const auto begin = std::min(text.find_first_not_of('-'), text.size());
  if (begin == text.size() || begin > 2 || is_word_of_yaml(text)) return false;
  const bool begins_well = is_letter(text[begin]) || (begin == 0 && text[0] == '/');
  return begins_well && std::all_of(text.begin(), text.end(), [](char c) {
           return is_letter(c) || is_digit(c) || std::string_view("/._-+=@").find(c) != std::string_view::npos;
         });
}

std::string scalar(std::string_view text) {
  if (is_plain(text)) return std::string(text);
  constexpr std::string_view digits = "0123456789abcdef";
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') quoted += '\\';
    if (c == '\n')
      quoted += "\\n";
    else if (byte < 0x20 || byte == 0x7f)
      quoted.append("\\x").append(1, digits[byte >> 4]).append(1, digits[byte & 0xf]);
    else
      quoted += c;
  }
  return quoted += '"';
}

std::string octal(mode_t mode) {
  std::string text = "\"0";
  for (const int shift : {6, 3, 0}) text += static_cast<char>('0' + ((mode >> shift) & 7));
  return text += '"';
}

class Page {
 public:
  explicit Page(std::string indent) : indent_(std::move(indent)) {}

  void line(std::string_view key, std::string_view value) {
    text_.append(indent_).append(key).append(value.empty() ? ":" : ": ").append(value).append("\n");
  }
  void text(std::string_view key, std::string_view value) { line(key, scalar(value)); }
  void texts(std::string_view key, const std::vector<std::string>& values) {
    std::string list = "[";
    for (const auto& value : values) list.append(list.size() > 1 ? ", " : "").append(scalar(value));
    line(key, list + "]");
  }
  void section(std::string_view key, const Page& content) {
    line(key, {});
    text_ += content.text_;
  }
  /// The first line becomes the beginning of a list item.
  void item(Page content) {
    content.text_[content.indent_.size() - 2] = '-';
    text_ += content.text_;
  }
  const std::string& all() const { return text_; }

 private:
  std::string indent_;
  std::string text_;
};

Page print(const Socket& socket) {
  Page page("    ");
  page.text("path", socket.path);
  page.text("name", socket.name);
  page.line("type", word_for(socket_types, socket.type));
  page.line("activation", word_for(activations, socket.activation));
  if (socket.mode) page.line("mode", octal(*socket.mode));
  if (!socket.user.empty()) page.text("user", socket.user);
  if (!socket.group.empty()) page.text("group", socket.group);
  page.line("backlog", std::to_string(socket.backlog));
  return page;
}

Page print(const Stop& stop) {
  Page page("  ");
  page.line("signal", signal_name(stop.signal));
  page.line("grace", to_text(stop.grace));
  return page;
}

Page print(const Restart& restart) {
  Page page("  ");
  page.line("policy", word_for(restart_policies, restart.policy));
  page.line("backoff", to_text(restart.backoff));
  page.line("max_backoff", to_text(restart.max_backoff));
  page.line("limit", std::to_string(restart.limit) + "/" + to_text(restart.window));
  if (restart.signal) page.line("signal", signal_name(*restart.signal));
  return page;
}

Page print(const Ready& ready) {
  Page page("  ");
  page.line("when", ready.when == ReadyWhen::http ? "{http: " + scalar(ready.http_path) + "}"
                                                  : std::string(word_for(ready_words, ready.when)));
  page.line("timeout", to_text(ready.timeout));
  return page;
}

Page print(const Takeover& takeover) {
  Page page("  ");
  page.line("policy", word_for(takeover_policies, takeover.policy));
  page.line("order", word_for(takeover_orders, takeover.order));
  page.line("drain", to_text(takeover.drain));
  page.line("patience", to_text(takeover.patience));
  page.line("strangers", word_for(stranger_policies, takeover.strangers));
  return page;
}

Page print(const Match& match) {
  Page annotations("    ");
  for (const auto& [key, value] : match.annotations) annotations.text(scalar(key), value);
  Page page("  ");
  if (!match.annotations.empty()) page.section("annotations", annotations);
  if (!match.mounts.empty()) page.texts("mounts", match.mounts);
  return page;
}

}  // namespace

std::string print(const Manifest& manifest) {
  Page page("");
  page.line("version", "1");
  page.text("owner", manifest.owner);
  if (!manifest.command.empty()) page.texts("command", manifest.command);
  if (!manifest.sockets.empty()) page.line("sockets", {});
  for (const auto& socket : manifest.sockets) page.item(print(socket));
  if (!manifest.pid_files.empty()) page.texts("pid_files", manifest.pid_files);
  page.section("stop", print(manifest.stop));
  page.section("restart", print(manifest.restart));
  page.section("ready", print(manifest.ready));
  page.section("takeover", print(manifest.takeover));
  if (manifest.match) page.section("match", print(*manifest.match));
  page.line("inject", manifest.inject ? "true" : "false");
  return page.all();
}

}  // namespace manifests
