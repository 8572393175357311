# solinit_program(NAME [PLAIN_ENTRY] source...): a program that runs in any image, an empty one included. It begins at
# solinit_entry (launcher/entry.S), which blocks every signal before anything else; PLAIN_ENTRY begins as usual.
function(solinit_program name)
  cmake_parse_arguments(PARSE_ARGV 1 program "PLAIN_ENTRY" "" "")
  add_executable(${name} ${program_UNPARSED_ARGUMENTS})
  target_compile_options(${name} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:${SOLINIT_WARNINGS}>)
  target_link_options(${name} PRIVATE -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--gc-sections,-z,pack-relative-relocs $<$<CONFIG:Release>:-s>)
  if(SOLINIT_STATIC)
    target_link_options(${name} PRIVATE -static-pie)
  else()
    target_link_options(${name} PRIVATE -pie)
  endif()
  if(NOT program_PLAIN_ENTRY)
    target_sources(${name} PRIVATE ${PROJECT_SOURCE_DIR}/launcher/entry.S)
    target_link_options(${name} PRIVATE -Wl,-e,solinit_entry)
  endif()
endfunction()

# For everything that is compiled after this file is included: what the programs consist of.
# What runs once at the start of each container is better small than fast; the system calls are what takes time.
set(CMAKE_CXX_FLAGS_RELEASE "-Os -DNDEBUG")
add_compile_options(-ffunction-sections -fdata-sections -fstack-protector-strong)
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  add_compile_options(-fcf-protection)
elseif(CMAKE_SYSTEM_PROCESSOR STREQUAL "aarch64")
  add_compile_options(-mbranch-protection=standard)
endif()
# The same programs from whichever directory they are built in.
add_compile_options(-ffile-prefix-map=${PROJECT_SOURCE_DIR}=.)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-D_FORTIFY_SOURCE=2>)
endif()
