#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "ownership/error.h"

namespace hook {

struct ConfigFile {
  std::string path;
  std::string text;
  mode_t mode = 0;
  uid_t uid = 0;
  gid_t gid = 0;
};

/// Reads a configuration of at most longest_config bytes. Never blocks for what is no file.
ownership::Result<ConfigFile> read_config(const std::string& path);

/// Puts `text` in the place of what was read: written whole to a new file with the same owner and mode and renamed, so
/// that no reader ever sees a half. On failure all is as it was.
ownership::Result<void> replace_config(const ConfigFile& old, std::string_view text);

}  // namespace hook
