#!/usr/bin/env bash
# Installs what SpliceMD needs on Debian (or a derivative): packages, and Kokkos where none is found.
#   tools/install_dependencies.sh            to build and run
#   tools/install_dependencies.sh --tests    also what the tests need
#   tools/install_dependencies.sh --checks   also what lint, clang-tidy and the clang build need
# Does nothing where all is there. Packages need root or sudo; Kokkos goes into the user's cache folder.
source "$(dirname "$0")/common.sh"

packages=(g++ cmake ninja-build pkg-config mpich libmpich-dev libhdf5-mpich-dev
  libyaml-cpp-dev libcli11-dev libfmt-dev librandom123-dev libsqlite3-dev libnauty2-dev libboost-dev libxxhash-dev)
for option in "$@"; do
  case $option in
    --tests)
      packages+=(libgtest-dev libbenchmark-dev python3-numpy python3-h5py python3-ase python3-mdanalysis
        chromium)
      ;;
    --checks) packages+=(clang clang-format clang-tidy libomp-dev python3) ;;
    *) die "unknown option '$option'; known: --tests --checks" ;;
  esac
done

installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

apt_install() {
  as_root env DEBIAN_FRONTEND=noninteractive DEBCONF_NOWARNINGS=yes apt-get install -y -qq --no-install-recommends \
    -o Dpkg::Use-Pty=0 "$@" >/dev/null </dev/null
}

install_packages() {
  command -v apt-get >/dev/null ||
    die "apt-get not found; install by hand what docs/building.md lists"
  local missing=()
  for package in "$@"; do installed "$package" || missing+=("$package"); done
  [ ${#missing[@]} -gt 0 ] || return 0
  say "installing ${missing[*]}"
  as_root apt-get update -qq </dev/null
  apt_install "${missing[@]}"
}

# True if CMake finds a Kokkos it can use: the user's own, the system's, or the cached one.
kokkos_found() {
  local probe status=0
  probe=$(mktemp -d)
  cat >"$probe/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.20)
project(probe CXX)
file(GLOB cached "${CACHED}/kokkos-*")
find_package(Kokkos REQUIRED PATHS ${cached})
if(Kokkos_VERSION VERSION_LESS 3.4)
  message(FATAL_ERROR "Kokkos ${Kokkos_VERSION} is too old")
endif()
END
  cmake -S "$probe" -B "$probe/build" -G Ninja -DCACHED="$cache" >/dev/null 2>&1 || status=1
  rm -rf "$probe"
  return $status
}

# A copy of the machine's package sources of its own release, asking for source packages instead; in $1.
source_lists() {
  local codename
  codename=$(. /etc/os-release && echo "${VERSION_CODENAME:?}")
  local file
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    if [ -e "$file" ]; then
      sed -nE "s/^[[:space:]]*deb([[:space:]]+(\[[^]]*\][[:space:]]+)?[^[:space:]]+[[:space:]]+$codename)/deb-src\1/p" "$file"
    fi
  done >"$1/binary.list"
  for file in /etc/apt/sources.list.d/*.sources; do
    if [ -e "$file" ]; then
      awk -v RS= -v ORS='\n\n' -v suites="(^|\n)Suites:[^\n]*[ \t]$codename" '
        $0 ~ suites && $0 !~ /(^|\n)Enabled:[ \t]*no/ {
          sub(/(^|\n)Types:[^\n]*/, "\nTypes: deb-src"); sub(/^\n/, ""); print
        }' "$file"
    fi
  done >"$1/binary.sources"
}

# Kokkos from Debian's source package of Trilinos, which holds it as packages/kokkos: the binary package
# has no OpenMP. apt checks the signature of the package index and with it the sums of the files.
build_kokkos() {
  install_packages ca-certificates tar gzip xz-utils
  mkdir -p "$cache"
  work=$(mktemp -d "$cache/.building.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  mkdir -p "$work/lists/partial" "$work/archives/partial" "$work/parts" "$work/source"
  source_lists "$work/parts"
  local apt=(apt-get -qq -o Dir::Etc::SourceList=/dev/null -o "Dir::Etc::SourceParts=$work/parts"
    -o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work" -o APT::Sandbox::User=)
  say "fetching the sources of Kokkos"
  "${apt[@]}" update </dev/null
  (cd "$work/source" && "${apt[@]}" source --download-only trilinos </dev/null)
  local archive
  archive=$(find "$work/source" -name 'trilinos_*.orig.tar.*' ! -name '*.asc' | head -n 1)
  [ -n "$archive" ] || die "the source package trilinos holds no .orig.tar"
  tar -x -f "$archive" -C "$work" --wildcards --strip-components=2 '*/packages/kokkos'

  local lists=$work/kokkos/CMakeLists.txt part version=""
  for part in MAJOR MINOR PATCH; do
    version+=.$(sed -nE "s/^ *set\(Kokkos_VERSION_$part +([0-9]+)\).*/\1/Ip" "$lists" | head -n 1 | sed -E 's/^0+([0-9])/\1/')
  done
  version=${version#.}
  say "building Kokkos $version (Serial, OpenMP)"
  cmake -S "$work/kokkos" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS_RELEASE="-O3 -DNDEBUG" \
    -DCMAKE_CXX_STANDARD=17 -DCMAKE_POSITION_INDEPENDENT_CODE=ON -DKokkos_ENABLE_SERIAL=ON -DKokkos_ENABLE_OPENMP=ON \
    -DCMAKE_INSTALL_PREFIX="$cache/kokkos-$version" >"$work/log" 2>&1 || { cat "$work/log" >&2; die "Kokkos: CMake failed"; }
  cmake --build "$work/build" -j "$(job_count)" >"$work/log" 2>&1 || { tail -n 40 "$work/log" >&2; die "Kokkos did not build"; }
  DESTDIR=$work/stage cmake --install "$work/build" >/dev/null
  rm -rf "$cache/kokkos-$version"
  mv "$work/stage$cache/kokkos-$version" "$cache/"  # whole or not at all
}

install_packages "${packages[@]}"
if ! kokkos_found; then
  [ -z "${Kokkos_ROOT:-}" ] || die "Kokkos_ROOT=$Kokkos_ROOT holds no Kokkos of version 3.4 or newer"
  build_kokkos
  kokkos_found || die "the Kokkos built in $cache is not found"
fi
