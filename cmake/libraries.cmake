find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(CLI11 REQUIRED)
if(SOLINIT_TESTS)
  find_package(GTest REQUIRED)
endif()

# The CMake target of yaml-cpp names a shared object, which -static-pie cannot link: ask for the archive.
find_library(YAML_CPP_ARCHIVE NAMES libyaml-cpp.a REQUIRED)
