# splicemd_library(NAME [DEPENDS libs...]): one static library from every .cpp below the current folder.
# Folders depend on one another in one direction only; see docs/architecture.md.
add_library(splicemd_flags INTERFACE)
target_compile_features(splicemd_flags INTERFACE cxx_std_20)
target_include_directories(splicemd_flags INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/generated)
target_include_directories(splicemd_flags SYSTEM INTERFACE ${RANDOM123_INCLUDE})

# Where Kokkos compiles for a GPU, one compiler driver (nvcc_wrapper, hipcc) makes two compilations of
# each file: its generated host stubs are not warning-free, and -march is for the host's half only.
set(SPLICEMD_GPU OFF)
foreach(device IN ITEMS CUDA HIP SYCL)
  if(device IN_LIST Kokkos_DEVICES)
    set(SPLICEMD_GPU ${device})
  endif()
endforeach()
if(SPLICEMD_GPU)
  target_compile_options(splicemd_flags INTERFACE -Wall -Wextra)
else()
  target_compile_options(splicemd_flags INTERFACE
    $<$<COMPILE_LANG_AND_ID:CXX,GNU,Clang>:-Wall;-Wextra;-Wshadow;-fno-math-errno;-fno-trapping-math;-fopenmp-simd>)
  # GCC 12 reports copies inside std::string's own code that cannot happen: overlapping ones (GCC bug
  # 105651) and ones beyond the address space.
  target_compile_options(splicemd_flags INTERFACE
    $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-restrict;-Wno-stringop-overflow;-Wno-array-bounds>)
  if(SPLICEMD_WERROR)
    target_compile_options(splicemd_flags INTERFACE $<$<COMPILE_LANG_AND_ID:CXX,GNU,Clang>:-Werror>)
  endif()
endif()
if(SPLICEMD_GPU STREQUAL "CUDA")  # fmt 9 takes any nvcc for one without C++14's constexpr
  target_compile_definitions(splicemd_flags INTERFACE FMT_USE_CONSTEXPR=1)
endif()
# nvcc_wrapper hands -march to the host's compiler alone.
if(SPLICEMD_ARCH AND (NOT SPLICEMD_GPU OR SPLICEMD_GPU STREQUAL "CUDA"))
  target_compile_options(splicemd_flags INTERFACE $<$<COMPILE_LANG_AND_ID:CXX,GNU,Clang>:-march=${SPLICEMD_ARCH}>)
endif()
if(SPLICEMD_EXECUTION STREQUAL "serial")
  target_compile_definitions(splicemd_flags INTERFACE SPLICEMD_EXECUTION_SERIAL)
endif()
if(SPLICEMD_SANITIZE)
  target_compile_options(splicemd_flags INTERFACE -fsanitize=${SPLICEMD_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(splicemd_flags INTERFACE -fsanitize=${SPLICEMD_SANITIZE})
endif()
target_link_libraries(splicemd_flags INTERFACE Kokkos::kokkos fmt::fmt MPI::MPI_CXX Threads::Threads)

# splicemd_precompile(TARGET FROM TARGET2): TARGET reads the big headers precompiled, the same file as TARGET2
# (or makes it, where they are the same), with further ones in ARGN. The sources still include what they use.
function(splicemd_precompile target word from)
  if(NOT SPLICEMD_PCH OR SPLICEMD_GPU)
    return()
  elseif(target STREQUAL from)
    target_precompile_headers(${target} PRIVATE
      <Kokkos_Core.hpp> <fmt/format.h> <mpi.h> <hdf5.h> <algorithm> <array> <cmath> <cstdint> <functional> <map>
      <memory> <optional> <string> <string_view> <vector> ${ARGN})
  else()
    target_precompile_headers(${target} REUSE_FROM ${from})
  endif()
endfunction()

function(splicemd_library name)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  if(NOT sources)  # headers only
    add_library(splicemd_${name} INTERFACE)
    target_link_libraries(splicemd_${name} INTERFACE splicemd_flags ${ARG_DEPENDS})
    return()
  endif()
  add_library(splicemd_${name} STATIC ${sources})
  target_link_libraries(splicemd_${name} PUBLIC splicemd_flags ${ARG_DEPENDS})
  splicemd_precompile(splicemd_${name} FROM splicemd_base)
  # Kernels are compiled for one instruction set each: what they include must not be shared.
  set(kernels ${sources})
  list(FILTER kernels INCLUDE REGEX "/kernel_[^/]*$")
  set_source_files_properties(${kernels} PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
endfunction()
