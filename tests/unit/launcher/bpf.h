#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <cstdint>
#include <cstring>
#include <span>

namespace bpf {

/// bpf(4), as far as our filters use it; 0, which kills, for what they should not use and for a jump beyond their end.
inline std::uint32_t run(std::span<const sock_filter> code, const seccomp_data& data) {
  std::uint32_t accumulator = 0;
  for (std::size_t at = 0; at < code.size(); ++at) {
    const auto& [operation, if_true, if_false, value] = code[at];
    switch (operation) {
      case BPF_LD | BPF_W | BPF_ABS:
        std::memcpy(&accumulator, reinterpret_cast<const char*>(&data) + value, sizeof accumulator);
        break;
      case BPF_ALU | BPF_AND | BPF_K: accumulator &= value; break;
      case BPF_JMP | BPF_JA: at += value; break;
      case BPF_JMP | BPF_JEQ | BPF_K: at += accumulator == value ? if_true : if_false; break;
      case BPF_JMP | BPF_JGE | BPF_K: at += accumulator >= value ? if_true : if_false; break;
      case BPF_JMP | BPF_JGT | BPF_K: at += accumulator > value ? if_true : if_false; break;
      case BPF_RET | BPF_K: return value;
      default: return 0;
    }
  }
  return 0;
}

}  // namespace bpf
