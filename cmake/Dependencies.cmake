# Finds the libraries SpliceMD builds on. MPICH is asked for by name, so that an Open MPI installed
# beside it is never picked up.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)

# Kokkos: the user's own (Kokkos_ROOT, CMAKE_PREFIX_PATH, the system), else the one that
# tools/install_dependencies.sh put into the user's cache.
if(DEFINED ENV{XDG_CACHE_HOME})
  set(SPLICEMD_CACHE "$ENV{XDG_CACHE_HOME}/splicemd")
else()
  set(SPLICEMD_CACHE "$ENV{HOME}/.cache/splicemd")
endif()
file(GLOB splicemd_cached_kokkos "${SPLICEMD_CACHE}/kokkos-*")
find_package(Kokkos QUIET PATHS ${splicemd_cached_kokkos})
if(NOT Kokkos_FOUND)
  message(FATAL_ERROR "Kokkos was not found: set Kokkos_ROOT to an installation of version 3.4 or newer, "
                      "or run tools/install_dependencies.sh, which builds one.")
elseif(Kokkos_VERSION VERSION_LESS 3.4)
  message(FATAL_ERROR "Kokkos ${Kokkos_VERSION} in ${Kokkos_DIR} is too old: 3.4 or newer is needed.")
endif()
message(STATUS "Kokkos ${Kokkos_VERSION} (${Kokkos_DEVICES}) in ${Kokkos_DIR}")

find_program(SPLICEMD_MPICXX NAMES mpicxx.mpich mpicxx REQUIRED)
find_program(SPLICEMD_MPIEXEC NAMES mpiexec.mpich mpiexec REQUIRED)
set(MPI_CXX_COMPILER ${SPLICEMD_MPICXX})
set(MPIEXEC_EXECUTABLE ${SPLICEMD_MPIEXEC})
set(MPI_CXX_SKIP_MPICXX ON)
find_package(MPI REQUIRED COMPONENTS CXX)

# Debian keeps the HDF5 built for MPICH apart from the serial one.
pkg_search_module(HDF5 REQUIRED IMPORTED_TARGET hdf5-mpich hdf5)
pkg_check_modules(YAML_CPP REQUIRED IMPORTED_TARGET yaml-cpp)
pkg_check_modules(SQLITE3 REQUIRED IMPORTED_TARGET sqlite3)
find_package(fmt REQUIRED)
find_package(CLI11 REQUIRED)
find_path(RANDOM123_INCLUDE Random123/philox.h REQUIRED)
find_path(XXHASH_INCLUDE xxhash.h REQUIRED)  # compiled in, no library needed
pkg_check_modules(NAUTY REQUIRED IMPORTED_TARGET nauty)
