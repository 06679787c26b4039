#!/usr/bin/env bash
# Builds all but the tests with clang, warnings as errors, into build-clang/. With --tests also those.
source "$(dirname "$0")/common.sh"

"$root/tools/install_dependencies.sh" --tests --checks
folder=$root/build-clang
tests=OFF
if [ "${1:-}" = --tests ]; then tests=ON; fi
# Without precompiled headers, so that every file shows that it includes what it uses.
CI="" configure "$folder" -DSPLICEMD_TESTS=$tests -DCMAKE_CXX_COMPILER=clang++ -DSPLICEMD_PCH=OFF -DSPLICEMD_WERROR=ON \
  -DCMAKE_CXX_FLAGS_RELWITHDEBINFO="-O0 -DNDEBUG"
clang++ --version | head -n 1
compile "$folder" all
echo "no warnings"
