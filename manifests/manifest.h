#pragma once

#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// The manifest language, version 1, as plain data. docs/solinit-manifest.5.md is its manual.
namespace manifests {

enum class SocketType { stream, seqpacket, dgram };
enum class Activation { bind, inherit, adopt };
enum class RestartPolicy { never, on_failure, always };
enum class ReadyWhen { listening, notify, http };
enum class TakeoverPolicy { handover, standby, refuse };
enum class TakeoverOrder { strict, overlap };
enum class StrangerPolicy { evict, refuse };

struct Socket {
  std::string path;  ///< absolute, normalised, at most 107 bytes
  std::string name;  ///< unique within the manifest
  SocketType type = SocketType::stream;
  Activation activation = Activation::bind;
  std::optional<mode_t> mode;
  std::string user, group;  ///< name or number; empty: left as it is
  int backlog = 4096;
  bool operator==(const Socket&) const = default;
};

struct Stop {
  int signal = SIGTERM;
  std::chrono::milliseconds grace{8000};
  bool operator==(const Stop&) const = default;
};

struct Restart {
  RestartPolicy policy = RestartPolicy::never;
  std::chrono::milliseconds backoff{1000}, max_backoff{30000};
  std::uint32_t limit = 5;  ///< restarts within `window`; one more ends the launcher
  std::chrono::milliseconds window{60000};
  std::optional<int> signal{};  ///< to the launcher: a new web process in the old one's place
  bool operator==(const Restart&) const = default;
};

struct Ready {
  ReadyWhen when = ReadyWhen::listening;
  std::string http_path;  ///< set when `when` is http
  std::chrono::milliseconds timeout{30000};
  bool operator==(const Ready&) const = default;
};

struct Takeover {
  TakeoverPolicy policy = TakeoverPolicy::handover;
  TakeoverOrder order = TakeoverOrder::strict;
  std::chrono::milliseconds drain{300}, patience{30000};
  StrangerPolicy strangers = StrangerPolicy::evict;
  bool operator==(const Takeover&) const = default;
};

struct Match {
  std::map<std::string, std::string> annotations;
  std::vector<std::string> mounts;
  bool operator==(const Match&) const = default;
};

struct Manifest {
  std::string owner;
  std::vector<std::string> command;
  std::vector<Socket> sockets;
  std::vector<std::string> pid_files;
  Stop stop;
  Restart restart;
  Ready ready;
  Takeover takeover;
  std::optional<Match> match;
  bool inject = false;
  bool operator==(const Manifest&) const = default;
};

}  // namespace manifests
