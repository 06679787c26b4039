#!/usr/bin/env bash
# Builds tests with sanitizers and runs them.
#   tools/sanitize.sh [LABEL [CTEST OPTIONS...]]    address and undefined behaviour, the tests of one label
#                                                   (unit if none is given; contract, reference, ...)
#   tools/sanitize.sh thread [CTEST OPTIONS...]     threads: workflow and datastore within one process
source "$(dirname "$0")/common.sh"

"$root/tools/install_dependencies.sh" --tests
if [ "${1:-}" = thread ]; then
  label=inprocess kind=thread folder=$root/build-sanitize-thread
else
  label=${1:-unit} kind=address,undefined folder=$root/build-sanitize
fi
configure "$folder" -DSPLICEMD_TESTS=ON -DSPLICEMD_SANITIZE=$kind \
  -DCMAKE_CXX_FLAGS_RELWITHDEBINFO="-O1 -g1 -D_GLIBCXX_ASSERTIONS"
compile "$folder" "tests_$label"
say "tests under the sanitizers ($kind)"
# MPICH and its libraries keep memory until the process ends: leaks are not looked for.
export ASAN_OPTIONS=detect_leaks=0:strict_string_checks=1:detect_stack_use_after_return=1
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1
if [ $kind = thread ]; then
  # UCX, under MPICH, listens to madvise() of threads that have ended already, which that sanitizer does not survive.
  export UCX_MEM_EVENTS=no SPLICEMD_SCHEDULES=${SPLICEMD_SCHEDULES:-100}
fi
run_tests "$folder" --no-tests=error --timeout 600 -L "^$label\$" "${@:2}"
