#pragma once

#include <cstddef>

/// What a manifest may have at most.
namespace manifests {

inline constexpr std::size_t max_size = 65536;   ///< bytes of a document
inline constexpr std::size_t max_depth = 16;     ///< levels of lists and maps
inline constexpr std::size_t max_nodes = 10000;  ///< keys, values, lists and maps
inline constexpr std::size_t max_claims = 64;    ///< sockets and pid files together
inline constexpr std::size_t max_arguments = 4096;
inline constexpr std::size_t max_socket_path = 107;  ///< bytes; unix(7): sun_path without its NUL
inline constexpr std::size_t max_pid_file_path = 1024;
inline constexpr std::size_t max_file_name = 200;    ///< NAME_MAX, less what the names of the lease and its kin add
inline constexpr std::size_t max_socket_name = 255;  ///< sd_listen_fds_with_names(3)
inline constexpr std::size_t max_complaints = 100;   ///< of one file; what is beyond is only counted

}  // namespace manifests
