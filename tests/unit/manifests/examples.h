#pragma once

#include <string>
#include <vector>

namespace manifests {

struct Example {
  std::string path;
  std::string text;
};

/// Every file of manifests/examples, sorted by name.
std::vector<Example> examples();

/// The whole of design and manual in one document.
std::string whole_language();

}  // namespace manifests
