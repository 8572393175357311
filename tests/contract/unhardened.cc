// What hardening-test must find fault with, in each of its checks; never run.
#include <cstdio>
#include <cstring>

asm(".section .writable_code, \"awx\"\n.byte 0\n.previous");

int write_unchecked(char* where, std::size_t size, const char* text);

int write_unchecked(char* where, std::size_t size, const char* text) {
  char copy[64];
  std::strcpy(copy, text);
  return std::snprintf(where, size, "%s %s", BUILT_IN, copy);
}

int main(int count, char** words) {
  char room[128];
  return write_unchecked(room, sizeof room, words[count - 1]);
}
