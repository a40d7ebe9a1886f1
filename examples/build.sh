#!/bin/sh
# Rebuilds the example programs. Needs Debian's clang-22, lld-22, wasi-libc, libc++-22-dev-wasm32,
# libclang-rt-22-dev-wasm32; for primes a rustc with the target $RUST_TARGET (Debian: rustc and
# libstd-rust-dev-wasm32); for ledger and machine a JDK and Maven (Debian: default-jdk-headless, maven), which gets
# TeaVM and the Kotlin compiler.
set -eu
cd "$(dirname "$0")"
flags='--target=wasm32-wasi -Wno-deprecated -O2 -Wall -Wextra -Wl,--strip-debug'
clang-22 $flags -std=gnu17 wordfreq/wordfreq.c -o wordfreq/wordfreq.wasm
clang++-22 $flags -std=c++20 -fno-exceptions -fno-rtti \
  markdown/markdown.cpp -o markdown/markdown.wasm
clang-22 --target=wasm32 -O2 -Wall -Wextra -nostdlib -Wl,--no-entry -Wl,--strip-all \
  proxy-wasm/filter.c -o proxy-wasm/filter.wasm
"${RUSTC:-rustc}" --edition 2021 --target "${RUST_TARGET:-wasm32-wasi}" -C opt-level=s -C panic=abort -C strip=debuginfo \
  -C lto=fat primes/primes.rs -o primes/primes.wasm
mvn -q -B -f ledger/pom.xml package
cp ledger/target/wasm/ledger.wasm ledger/ledger.wasm
rm -r ledger/target
kotlin=2.2.20
get=org.apache.maven.plugins:maven-dependency-plugin:3.6.1:get
mvn -q -B $get -Dartifact=org.jetbrains.kotlin:kotlin-compiler-embeddable:$kotlin
mvn -q -B $get -Dartifact=org.jetbrains.kotlin:kotlin-stdlib-wasm-js:$kotlin:klib
repository="${MAVEN_REPOSITORY:-$HOME/.m2/repository}/org/jetbrains"
jars=$(find "$repository" -name '*.jar' | tr '\n' ':')
library=$repository/kotlin/kotlin-stdlib-wasm-js/$kotlin/kotlin-stdlib-wasm-js-$kotlin.klib
out=$(mktemp -d)
compile() {
  java -cp "$jars" org.jetbrains.kotlin.cli.js.K2JSCompiler -Xwasm -Xwasm-target=wasm-js \
    -Xwasm-enable-array-range-checks -libraries "$library" -ir-output-name app "$@"
}
compile -Xir-produce-klib-file -ir-output-dir "$out/klib" machine/machine.kt
compile -Xinclude="$out/klib/app.klib" -Xir-produce-js -Xir-dce -ir-output-dir "$out/dist"
cp "$out/dist/app.wasm" machine/machine.wasm
rm -r "$out"
ls -l */*.wasm
