#include "tests/support/terminal.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

namespace support {

Terminal::Terminal() : master_(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)) {
  std::array<char, 64> name{};
  if (grantpt(master_.get()) != 0 || unlockpt(master_.get()) != 0 ||
      ptsname_r(master_.get(), name.data(), name.size()) != 0)
    ADD_FAILURE() << "no terminal";
  slave_ = ownership::Fd(open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC));
}

void Terminal::type(const std::string& keys) const {
  EXPECT_EQ(write(master_.get(), keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
}

void Terminal::resize(unsigned short rows, unsigned short columns) const {
  const winsize size{rows, columns, 0, 0};
  EXPECT_EQ(ioctl(master_.get(), TIOCSWINSZ, &size), 0);
}

pid_t Terminal::foreground_group() const {
  pid_t group = 0;
  ioctl(master_.get(), TIOCGPGRP, &group);
  return group;
}

const std::string& Terminal::text() {
  std::array<char, 4096> room;
  for (ssize_t count; (count = read(master_.get(), room.data(), room.size())) > 0;)
    text_.append(room.data(), static_cast<std::size_t>(count));
  return text_;
}

bool Terminal::shows(const std::string& wanted, std::chrono::milliseconds limit) {
  return wait_until([&] { return text().find(wanted) != std::string::npos; }, limit);
}

}  // namespace support
