#!/bin/sh
# Rebuilds the example programs. Needs Debian's clang-22, lld-22, wasi-libc, libc++-22-dev-wasm32,
# libclang-rt-22-dev-wasm32; for primes a rustc with the target $RUST_TARGET (Debian: rustc and
# libstd-rust-dev-wasm32).
set -eu
cd "$(dirname "$0")"
flags='--target=wasm32-wasi -Wno-deprecated -O2 -Wall -Wextra -Wl,--strip-debug'
clang-22 $flags -std=gnu17 wordfreq/wordfreq.c -o wordfreq/wordfreq.wasm
clang++-22 $flags -std=c++20 -fno-exceptions -fno-rtti \
  markdown/markdown.cpp -o markdown/markdown.wasm
"${RUSTC:-rustc}" --edition 2021 --target "${RUST_TARGET:-wasm32-wasi}" -C opt-level=s -C panic=abort -C strip=debuginfo \
  -C lto=fat primes/primes.rs -o primes/primes.wasm
ls -l */*.wasm
