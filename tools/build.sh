#!/usr/bin/env bash
# Builds SpliceMD into build/: the executable build/splicemd, with --tests also the tests and benchmarks.
#   tools/build.sh [--tests] [--dir FOLDER] [-- CMAKE OPTIONS...]
# Installs dependencies only where some are missing. Environment: JOBS, Kokkos_ROOT, CXX, XDG_CACHE_HOME.
source "$(dirname "$0")/common.sh"

folder=$root/build tests="" targets=(splicemd)
while [ $# -gt 0 ]; do
  case $1 in
    --tests) tests=--tests targets=(all) ;;
    --dir) folder=$(realpath -m "${2:?--dir needs a folder}"); shift ;;
    --) shift; break ;;
    -h | --help) sed -n '2,/^source/{/^#/s/^# \{0,1\}//p}' "$0"; exit 0 ;;
    *) die "unknown option '$1'; known: --tests --dir --" ;;
  esac
  shift
done

"$root/tools/install_dependencies.sh" $tests
options=("$@")
if [ -n "$tests" ]; then
  options+=(-DSPLICEMD_TESTS=ON)
elif [ ! -e "$folder/CMakeCache.txt" ]; then
  options+=(-DSPLICEMD_TESTS=OFF)  # but a folder that has the tests keeps them
fi
configure "$folder" "${options[@]}"
compile "$folder" "${targets[@]}"
