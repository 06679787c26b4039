#!/usr/bin/env bash
# Builds the unit tests with the address and undefined-behaviour sanitizers and runs them.
#   tools/sanitize.sh [LABEL [CTEST OPTIONS...]]     LABEL: unit (default), contract, reference, ...
source "$(dirname "$0")/common.sh"

"$root/tools/install_dependencies.sh" --tests
label=${1:-unit}
folder=$root/build-sanitize
configure "$folder" -DSPLICEMD_TESTS=ON -DSPLICEMD_SANITIZE=address,undefined \
  -DCMAKE_CXX_FLAGS_RELWITHDEBINFO="-O1 -g1 -D_GLIBCXX_ASSERTIONS"
compile "$folder" "tests_$label"
say "tests under the sanitizers"
# MPICH and its libraries keep memory until the process ends: leaks are not looked for.
export ASAN_OPTIONS=detect_leaks=0:strict_string_checks=1:detect_stack_use_after_return=1
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
run_tests "$folder" --no-tests=error --timeout 600 -L "^$label\$" "${@:2}"
