// Mandelbrot in f32, four points at a time.
#include "simd.h"
#define LIMIT 60
KERNEL int32_t run(int32_t n) {
  uint32_t sum = 0;
  for (int y = 0; y < n; y++) {
    float ci = 2.0f * (float)y / (float)n - 1.0f;
    for (int x = 0; x < n; x += 4) {
      float c[4];
      for (int k = 0; k < 4; k++) c[k] = 3.0f * (float)(x + k) / (float)n - 2.0f;
#if SIMD
      v128_t cr = wasm_v128_load(c), im = wasm_f32x4_splat(ci), four = wasm_f32x4_splat(4.0f);
      v128_t zr = wasm_f32x4_splat(0), zi = zr, count = zr;
      for (int i = 0; i < LIMIT; i++) {
        v128_t r2 = wasm_f32x4_mul(zr, zr), i2 = wasm_f32x4_mul(zi, zi);
        v128_t in = wasm_f32x4_le(wasm_f32x4_add(r2, i2), four);
        if (!wasm_v128_any_true(in)) break;
        count = wasm_i32x4_sub(count, in);
        v128_t ri = wasm_f32x4_mul(zr, zi);
        zi = wasm_f32x4_add(wasm_f32x4_add(ri, ri), im);
        zr = wasm_f32x4_add(wasm_f32x4_sub(r2, i2), cr);
      }
      sum = mix(sum, wasm_i32x4_extract_lane(count, 0));
      sum = mix(sum, wasm_i32x4_extract_lane(count, 1));
      sum = mix(sum, wasm_i32x4_extract_lane(count, 2));
      sum = mix(sum, wasm_i32x4_extract_lane(count, 3));
#else
      for (int k = 0; k < 4; k++) {
        float zr = 0, zi = 0;
        int count = 0;
        while (count < LIMIT) {
          float r2 = zr * zr, i2 = zi * zi, ri = zr * zi;
          if (!(r2 + i2 <= 4.0f)) break;
          count++;
          zi = ri + ri + ci;
          zr = r2 - i2 + c[k];
        }
        sum = mix(sum, (uint32_t)count);
      }
#endif
    }
  }
  return (int32_t)sum;
}
