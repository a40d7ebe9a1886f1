// Kernels in two forms of one algorithm: with vectors where the build has them (-msimd128), else without.
#pragma once
#include "../kernel.h"
#include <string.h>
#ifdef __wasm_simd128__
#include <wasm_simd128.h>
#define SIMD 1
#define ROTL(x, k) wasm_v128_or(wasm_i32x4_shl(x, k), wasm_u32x4_shr(x, 32 - (k)))
#else
#define SIMD 0
#endif
