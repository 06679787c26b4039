#!/usr/bin/env bash
# Runs clang-tidy over our sources, warnings as errors (.clang-tidy).
#   tools/tidy.sh                all files but the tests
#   tools/tidy.sh --seconds N    as many as fit into N seconds: changed ones first, then a rotating choice
#   tools/tidy.sh FILES...
source "$(dirname "$0")/common.sh"

seconds=0
if [ "${1:-}" = --seconds ]; then
  seconds=${2:?--seconds needs a number}
  shift 2
fi
"$root/tools/install_dependencies.sh" --tests --checks
folder=$root/build-tidy
configure "$folder" -DSPLICEMD_TESTS=ON -DCMAKE_CXX_COMPILER=clang++ -DSPLICEMD_CCACHE=OFF -DSPLICEMD_PCH=OFF
cd "$root"
if [ $# -gt 0 ]; then
  files=("$@")
else
  # Those of the last commit first, the others in an order that changes from day to day.
  mapfile -t files < <({
    git diff --name-only HEAD~1 -- '*.cpp' 2>/dev/null || true
    sources '*.cpp' | shuf --random-source=<(yes "$(date +%j)")
  } | grep -v '^tests/' | awk '!seen[$0]++' | while read -r f; do [ -e "$f" ] && echo "$f"; done)
fi

deadline=$((seconds > 0 ? $(date +%s) + seconds : 0))
export folder deadline
say "clang-tidy"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
printf '%s\n' "${files[@]}" | xargs -P "$(job_count)" -I{} bash -c '
  [ "$deadline" = 0 ] || [ "$(date +%s)" -lt "$deadline" ] || exit 0
  out=$(clang-tidy -p "$folder" --quiet "$1" 2>&1) || { echo "$out" | grep -v "warnings generated"; exit 1; }
  echo "$1"' tidy {} >"$log" || status=1
checked=$(grep -cE '^[a-z/_0-9]+\.cpp$' "$log" || true)
grep -vE '^[a-z/_0-9]+\.cpp$' "$log" || true
echo "clang-tidy: $checked of ${#files[@]} files clean"
exit $status
