#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "manifests/node.h"

namespace manifests {

/// What is wrong with a manifest, and where.
struct Complaint {
  std::string file;
  std::size_t line = 1, column = 1;  ///< from 1; columns count characters, not bytes
  std::string key;                   ///< "sockets[0].activation"; empty for the document as a whole
  std::string text;
  bool operator==(const Complaint&) const = default;
};

/// `web.yaml:7:5: sockets[0].activation: unknown value 'adpot'; …`, one line. Pure.
std::string format(const Complaint& complaint);

/// `text` as it may stand in a message: in single quotes, without control characters, not endless. Pure.
std::string quote(std::string_view text);

/// Gathers all that is wrong with one document.
class Complaints {
 public:
  void add(Mark mark, std::string key, std::string text);
  bool empty() const noexcept { return remarks_.empty(); }
  /// In the order of the document, at most max_complaints and one that counts the rest.
  std::vector<Complaint> all(std::string_view document, std::string_view file) const;

 private:
  struct Remark {
    Mark mark;
    std::string key;
    std::string text;
  };
  std::vector<Remark> remarks_;
};

}  // namespace manifests
