find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(CLI11 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp)
if(SOLINIT_TESTS)
  find_package(GTest REQUIRED)
endif()

# The CMake targets of yaml-cpp and libseccomp name shared objects, which -static-pie cannot link: ask for the archives.
find_library(YAML_CPP_ARCHIVE NAMES libyaml-cpp.a REQUIRED)
find_library(SECCOMP_ARCHIVE NAMES libseccomp.a REQUIRED)
