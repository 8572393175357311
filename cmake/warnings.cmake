# Every warning that stays silent on clean code of g++ 12; the third-party headers are system headers.
set(SOLINIT_WARNINGS
    -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Wold-style-cast
    -Wformat=2 -Wimplicit-fallthrough -Wundef -Wmissing-declarations -Wredundant-decls -Woverloaded-virtual
    -Wextra-semi -Wdouble-promotion -Wvla -Wswitch-enum)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  list(APPEND SOLINIT_WARNINGS -Wcast-align=strict -Wduplicated-cond -Wduplicated-branches -Wlogical-op
       -Wuseless-cast)
  if(CMAKE_SYSTEM_PROCESSOR STREQUAL "aarch64")
    # There GCC 12 takes the value of an empty std::optional for one that is used (its bug 80635).
    list(APPEND SOLINIT_WARNINGS -Wno-maybe-uninitialized)
  endif()
else()
  # libstdc++ 12 uses what it calls deprecated, in templates that clang takes for ours.
  list(APPEND SOLINIT_WARNINGS -Wno-deprecated-declarations)
endif()

# solinit_library(NAME source...): one room of the house, with our warnings.
function(solinit_library name)
  add_library(${name} STATIC ${ARGN})
  target_compile_options(${name} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:${SOLINIT_WARNINGS}>)
endfunction()

include(GoogleTest)

# solinit_test(NAME source...): a GoogleTest binary under tests/; the folder below tests/ is the label of its tests, and
# SOLINIT_TEST_PROPERTIES adds to their ctest properties.
function(solinit_test name)
  add_executable(${name} ${ARGN})
  target_compile_options(${name} PRIVATE ${SOLINIT_WARNINGS})
  target_link_libraries(${name} PRIVATE GTest::gtest_main)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR}/tests ${CMAKE_CURRENT_SOURCE_DIR})
  string(REGEX REPLACE "/.*" "" label ${folder})
  if(NOT label STREQUAL "unit" AND CMAKE_BUILD_TYPE STREQUAL "Release")
    # They wait for processes; a third of the time to compile them is saved.
    target_compile_options(${name} PRIVATE -O0 -U_FORTIFY_SOURCE)
  endif()
  if(NOT TARGET ${label}_tests)
    add_custom_target(${label}_tests)
  endif()
  add_dependencies(${label}_tests ${name})
  # An emulated program, on a busy machine, takes its time to list its tests.
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
    PROPERTIES LABELS ${label} TIMEOUT 300 ${SOLINIT_TEST_PROPERTIES})
endfunction()
