#!/bin/sh
# Rebuilds the .wasm files beside this script, and what their programs print when they are built for this machine.
# Needs Debian's clang-22, lld-22, wasi-libc, libc++-22-dev-wasm32, libclang-rt-22-dev-wasm32, and libstdc++.
set -eu
cd "$(dirname "$0")"
native=$(mktemp)
trap 'rm -f "$native"' EXIT
flags='--target=wasm32-wasi -Wno-deprecated -Wall -Wextra -Wl,--strip-all --no-wasm-opt'
clang-22 $flags -O3 -msimd128 -ffp-contract=off -fwrapv vectors.c -o vectors.wasm
clang-22 -Wall -Wextra -O1 -ffp-contract=off -fwrapv vectors.c -o "$native"
"$native" > vectors.txt
for encoding in true false; do
  name=$([ $encoding = true ] && echo exceptions-legacy || echo exceptions)
  clang++-22 $flags -O2 -std=c++20 -fwasm-exceptions -mllvm -wasm-use-legacy-eh=$encoding \
    exceptions.cpp exceptions-runtime.cpp -o $name.wasm
done
clang++-22 -Wall -Wextra -O2 -std=c++20 exceptions.cpp -o "$native"
"$native" > exceptions.txt
ls -l ./*.wasm
