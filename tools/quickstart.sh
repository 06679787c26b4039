#!/usr/bin/env bash
# Installs what is missing, builds, and runs the main jobs: tungsten with a published SNAP potential, and a
# one-minute ParSplice campaign of a vacancy in copper with its summary and report.
#   tools/quickstart.sh [FOLDER]     FOLDER receives the results (default: quickstart-output)
source "$(dirname "$0")/common.sh"

case ${1:-} in
  -h | --help) sed -n '2,/^source/{/^#/s/^# \{0,1\}//p}' "$0"; exit 0 ;;
  -*) die "unknown option '$1'" ;;
esac
output=$(realpath -m "${1:-$root/quickstart-output}")
deck=$root/inputs/w_snap_nve.yaml

"$root/tools/build.sh"
mkdir -p "$output"
say "splicemd run inputs/$(basename "$deck")"
(cd "$output" && "$root/build/splicemd" run "$deck")

campaign=$root/inputs/campaign_cu_vacancy.yaml
say "splicemd campaign inputs/$(basename "$campaign") --wall-time 60s"
(cd "$output" &&
  "$root/build/splicemd" campaign "$campaign" --store cu_vacancy.store --until 1us --wall-time 60s &&
  "$root/build/splicemd" query cu_vacancy.store summary &&
  "$root/build/splicemd" report cu_vacancy.store -o cu_vacancy.html)
cat <<END

The results are in $output:
$(cd "$output" && ls -1 | sed 's/^/  /')

Next:
  build/splicemd info                                  version, backends, libraries
  build/splicemd run --dry-run inputs/w_snap_nve.yaml  check a deck and estimate its memory
  mpiexec.mpich -n 2 build/splicemd run inputs/w_snap_nve.yaml
  build/splicemd query quickstart-output/cu_vacancy.store transitions; less docs/parsplice.md
  ls inputs; less docs/deck.md                         more decks, and every key they may hold
  tools/test.sh                                        all tests
END
