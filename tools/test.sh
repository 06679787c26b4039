#!/usr/bin/env bash
# Installs what is missing, builds, and runs the tests: all of them on Kokkos's default backend, then those
# of the potentials once more on the Serial backend.
#   tools/test.sh [-L LABELS] [-R NAMES] [--no-serial] [CTEST OPTIONS...]
# LABELS and NAMES are regular expressions; docs/testing.md lists the labels.
source "$(dirname "$0")/common.sh"

serial=yes
ctest_options=()
for option in "$@"; do
  case $option in
    --no-serial) serial=no ;;
    -h | --help) sed -n '2,/^source/{/^#/s/^# \{0,1\}//p}' "$0"; exit 0 ;;
    *) ctest_options+=("$option") ;;
  esac
done

status=0
"$root/tools/build.sh" --tests
say "tests on the default backend"
run_tests "$root/build" --no-tests=error "${ctest_options[@]}" || status=1
if [ $serial = yes ]; then
  configure "$root/build-serial" -DSPLICEMD_TESTS=ON -DSPLICEMD_EXECUTION=serial
  compile "$root/build-serial" splicemd tests_contract tests_reference
  say "tests on the Serial backend"
  run_tests "$root/build-serial" --no-tests=ignore -L 'contract|reference' "${ctest_options[@]}" || status=1
fi
exit $status
