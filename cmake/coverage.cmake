# Counts which lines and branches of the programs run; the tests themselves are not counted. A process writes its counts when
# it exits or executes; one that leaves by _exit(2) does so by a wrapper, where no seccomp filter forbids it.
option(SOLINIT_COVERAGE "Count what the tests run, for gcovr" OFF)
if(SOLINIT_COVERAGE)
  add_compile_options(--coverage -fprofile-update=atomic)
  add_link_options(--coverage -Wl,--wrap=_exit)
  add_library(counts_at_exit OBJECT cmake/counts_at_exit.cc)
  target_compile_options(counts_at_exit PRIVATE -fno-profile-arcs -fno-test-coverage)
  link_libraries($<TARGET_OBJECTS:counts_at_exit>)
endif()
