#!/usr/bin/env bash
# Checks the sources without running them: clang-format, tools/lint_sources.py, and that every header
# compiles alone.
#   tools/lint.sh [--fix]     --fix lets clang-format rewrite the files first
source "$(dirname "$0")/common.sh"

"$root/tools/install_dependencies.sh" --tests --checks
cd "$root"
mapfile -t files < <(sources '*.[ch]pp')
if [ "${1:-}" = --fix ]; then
  clang-format -i "${files[@]}"
elif [ $# -gt 0 ]; then
  die "unknown option '$1'; known: --fix"
fi

status=0
say "clang-format"
clang-format --dry-run -Werror "${files[@]}" || status=1

say "include directions, banned calls, kernel labels"
python3 tools/lint_sources.py || status=1

# Those that a .cpp includes before all else are seen to by check_clang.sh, which precompiles none.
say "headers compile alone"
folder=$root/build
if [ ! -e "$folder/compile_commands.json" ]; then
  folder=$root/build-lint
  configure "$folder" -DSPLICEMD_TESTS=ON
fi
flags=$(compile_flags "$folder")
export flags
python3 tools/lint_sources.py --headers-to-compile | xargs -P "$(job_count)" -I{} bash -c \
  'eval "g++ $flags -fsyntax-only -x c++ -include \"$1\" /dev/null" || { echo "$1: does not compile alone"; exit 1; }' \
  headers {} || status=1
[ $status = 0 ] && echo "no findings"
exit $status
