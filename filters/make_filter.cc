// make_filter MACHINE LIST OUTPUT: compiles a list of system calls to the lines of a sock_filter array, by libseccomp.
//
// A list holds names, in any order and number on a line. `name(2=0x40)` allows a call when its argument 2 has that
// value in its lower half, which is all that the kernel takes of an int. `otherwise kill`, `trap` or `deny` (EPERM)
// says what becomes of the calls that are not named. What a machine does not have is passed over; a name that no machine has is an
// error. A foreign architecture is always killed.
#include <linux/filter.h>
#include <seccomp.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace {

[[noreturn]] void give_up(const std::string& what, const std::string& why) {
  std::fprintf(stderr, "make_filter: error: %s: %s\n", what.c_str(), why.c_str());
  std::exit(1);
}

void insist(int result, const std::string& what) {
  if (result < 0) give_up(what, std::strerror(-result));
}

struct Call {
  std::string name;
  std::optional<std::pair<unsigned, std::uint32_t>> argument{};  ///< which, and its value
};

struct List {
  std::uint32_t otherwise = SCMP_ACT_KILL_PROCESS;
  std::vector<Call> calls;
};

Call call_of(const std::string& word) {
  const auto open = word.find('(');
  if (open == word.npos) return {word};
  const auto equals = word.find('=', open);
  if (equals == word.npos || word.back() != ')') give_up(word, "not name(argument=value)");
  const auto number = [&](std::size_t from, std::size_t to) {
    return static_cast<std::uint32_t>(std::stoul(word.substr(from, to - from), nullptr, 0));
  };
  return {word.substr(0, open), std::pair(number(open + 1, equals), number(equals + 1, word.size() - 1))};
}

List read_list(const std::string& file) {
  List list;
  std::ifstream lines(file);
  if (!lines) give_up(file, "cannot be read");
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line.substr(0, line.find('#')));
    for (std::string word; words >> word;) {
      if (word != "otherwise") {
        list.calls.push_back(call_of(word));
        continue;
      }
      words >> word;
      const std::map<std::string, std::uint32_t> actions{
          {"kill", SCMP_ACT_KILL_PROCESS}, {"trap", SCMP_ACT_TRAP}, {"deny", SCMP_ACT_ERRNO(EPERM)}};
      const auto action = actions.find(word);
      if (action == actions.end()) give_up(file, "otherwise " + word + ": kill, trap or deny");
      list.otherwise = action->second;
    }
  }
  return list;
}

std::uint32_t architecture_of(const std::string& machine) {
  const std::map<std::string, std::uint32_t> known{{"x86_64", SCMP_ARCH_X86_64}, {"aarch64", SCMP_ARCH_AARCH64}};
  const auto found = known.find(machine);
  if (found == known.end()) give_up(machine, "not a machine that solinit is built for");
  return found->second;
}

void allow(scmp_filter_ctx filter, const Call& call, std::uint32_t architecture) {
  // As the machine that builds counts, or a number that stands for what it lacks: libseccomp knows the other's.
  const int number = seccomp_syscall_resolve_name(call.name.c_str());
  if (number == __NR_SCMP_ERROR) give_up(call.name, "no such system call");
  if (seccomp_syscall_resolve_name_arch(architecture, call.name.c_str()) < 0) return;
  if (!call.argument) return insist(seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0), call.name);
  const auto [which, value] = *call.argument;
  const scmp_arg_cmp comparison{which, SCMP_CMP_MASKED_EQ, 0xffffffff, value};
  insist(seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, number, 1, &comparison), call.name);
}

std::vector<sock_filter> compile(const List& list, std::uint32_t architecture) {
  scmp_filter_ctx filter = seccomp_init(list.otherwise);
  if (filter == nullptr) give_up("seccomp_init", "failed");
  insist(seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS), "the action for foreign machines");
  // A balanced tree: the kernel runs a filter once for each of its system calls when it is loaded.
  insist(seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2), "the optimisation");
  if (architecture != seccomp_arch_native()) {
    insist(seccomp_arch_remove(filter, SCMP_ARCH_NATIVE), "the native machine");
    insist(seccomp_arch_add(filter, architecture), "the machine");
  }
  for (const auto& call : list.calls) allow(filter, call, architecture);
  std::FILE* const file = std::tmpfile();
  if (file == nullptr) give_up("a temporary file", "cannot be made");
  insist(seccomp_export_bpf(filter, fileno(file)), "the export");
  seccomp_release(filter);
  std::vector<sock_filter> code;
  std::rewind(file);
  for (sock_filter line; std::fread(&line, sizeof line, 1, file) == 1;) code.push_back(line);
  std::fclose(file);
  return code;
}

}  // namespace

int main(int count, char** words) {
  if (count != 4) give_up("usage", "make_filter MACHINE LIST OUTPUT");
  const auto code = compile(read_list(words[2]), architecture_of(words[1]));
  std::ofstream out(words[3]);
  out << "// Made of " << std::string(words[2]).substr(std::string(words[2]).rfind('/') + 1) << " by libseccomp.\n";
  for (const auto& line : code)
    out << "sock_filter{" << line.code << ", " << static_cast<int>(line.jt) << ", " << static_cast<int>(line.jf) << ", "
        << line.k << "u},\n";
  if (!out.flush()) give_up(words[3], "cannot be written");
  return 0;
}
