# Build options and the language settings shared by every target.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Build type" FORCE)
endif()
if(CMAKE_CXX_FLAGS_RELWITHDEBINFO STREQUAL "-O2 -g -DNDEBUG")  # CMake's default, not the user's choice
  set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O3 -g1 -DNDEBUG")
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O3 -DNDEBUG")

option(SPLICEMD_TESTS "Build the tests" ON)
option(SPLICEMD_PCH "Precompile the big headers: a third less build time, but useless with ccache" OFF)
option(SPLICEMD_WERROR "Treat warnings in our own code as errors (the clang check does)" OFF)
set(SPLICEMD_ARCH "native" CACHE STRING
    "Value of -march= for the code that has no run-time dispatch (native, x86-64-v3, ... or empty)")
set(SPLICEMD_EXECUTION "default" CACHE STRING
    "Kokkos execution space: default (Kokkos's own default) or serial")
set_property(CACHE SPLICEMD_EXECUTION PROPERTY STRINGS default serial)
set(SPLICEMD_SANITIZE "" CACHE STRING "Value of -fsanitize= for all targets, e.g. address,undefined")

# ccache, where installed, makes the second build folder (serial, sanitizers) cheap.
option(SPLICEMD_CCACHE "Compile through ccache if it is installed" ON)
if(SPLICEMD_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(SPLICEMD_CCACHE_PROGRAM ccache)
  if(SPLICEMD_CCACHE_PROGRAM)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${SPLICEMD_CCACHE_PROGRAM})
  endif()
endif()
