# What the scripts of this folder share; sourced, never run.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${XDG_CACHE_HOME:-${HOME:?HOME is not set}/.cache}/splicemd

say() { printf '\n== %s\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# Compile jobs at once: one per core, but no more than memory allows (a Kokkos file takes about 1.2 GB).
job_count() {
  local cores memory_gb
  cores=$(nproc)
  memory_gb=$(awk '/MemAvailable/ {print int($2 / 1200000)}' /proc/meminfo 2>/dev/null || echo "$cores")
  if [ "${memory_gb:-1}" -lt 1 ]; then memory_gb=1; fi
  echo "${JOBS:-$((cores < memory_gb ? cores : memory_gb))}"
}

# Runs a command as root: directly, or through sudo.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "installing packages needs root: run as root, or install sudo"
  fi
}

# configure FOLDER [CMAKE OPTIONS...]: with Ninja; options of an existing folder are kept. Big headers are
# precompiled unless ccache, which is better where the same files are compiled again and again, is there.
configure() {
  local folder=$1 faster=-DSPLICEMD_PCH=OFF
  shift
  if [ -n "${CI:-}" ] || ! command -v ccache >/dev/null; then
    faster="-DSPLICEMD_PCH=ON -DSPLICEMD_CCACHE=OFF"
  fi
  mkdir -p "$folder"
  cmake -S "$root" -B "$folder" -G Ninja $faster "$@" >"$folder/configure.log" 2>&1 ||
    { cat "$folder/configure.log" >&2; die "CMake failed"; }
}

# compile FOLDER TARGETS...: Ninja's progress is for a terminal; elsewhere only what went wrong is of interest.
compile() {
  local folder=$1
  shift
  say "building $* in $(basename "$folder")/ with $(job_count) jobs"
  if [ -t 1 ]; then
    cmake --build "$folder" -j "$(job_count)" --target "$@"
  else
    cmake --build "$folder" -j "$(job_count)" --target "$@" >"$folder/build.log" 2>&1 || {
      grep -v '^\[[0-9]*/[0-9]*\] ' "$folder/build.log" | head -n 200 >&2
      die "the build failed; all of its output is in $folder/build.log"
    }
  fi
}

# run_tests FOLDER [CTEST OPTIONS...]
run_tests() {
  local folder=$1
  shift
  (cd "$folder" && ctest --output-on-failure -j "$(nproc)" "$@") </dev/null
}

# Every C++ file of ours, one per line, relative to the root; $1 is a find pattern such as '*.hpp'.
sources() {
  (cd "$root" && find base snap md taskmgr datastore parsplice cli bench tests -name "$1" 2>/dev/null | sort) || true
}

# The flags our code is compiled with in the build folder $1: includes, definitions, language, architecture.
compile_flags() {
  python3 - "$1/compile_commands.json" <<'END'
import json, shlex, sys
commands = [shlex.split(e["command"]) for e in json.load(open(sys.argv[1]))]
words = max(commands, key=lambda c: (sum(w.startswith("-D") for w in c), len(c)))
flags, take = [], False
for word in words:
    if take or word.startswith(("-I", "-isystem", "-D", "-std", "-f", "-m", "-W")):
        flags.append(word)
    take = word in ("-isystem", "-I")
print(" ".join(shlex.quote(f) for f in flags))
END
}
