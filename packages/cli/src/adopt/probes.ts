/** Modules that use one feature each, so that a host can be asked for it. */
import type { Feature } from '@wasm2js/decoder';

/** By feature: a module without its header, in hexadecimal. What every WebAssembly has is not there. */
export const PROBES: Readonly<Partial<Record<Feature, string>>> = {
  'multi-value': '0106016000027f7f',
  'bulk-memory': '0104016000000302010005030100010a0d010b00410041004100fc0b000b',
  'reference-types': '0404016f0001',
  'saturating-float-to-int': '010401600000030201000a0c010a004300000000fc001a0b',
  'sign-extension': '010401600000030201000a080106004100c01a0b',
  'extended-const': '0609017f00410041006a0b',
  'tail-call': '010401600000030201000a0601040012000b',
  'function-references': '0109026000006001640000030201010a08010600200014000b',
  gc: '0103015f00',
  exceptions: '010401600000030201000a080106001f40000b0b',
  'legacy-exceptions': '010401600000030201000a080106000640190b0b',
  simd: '010401600000030201000a17011500fd0c000000000000000000000000000000001a0b',
  'relaxed-simd': '01050160017b00030201000a0c010a0020002000fd80021a0b',
  'multi-memory': '05050200010001',
  memory64: '0503010401',
  threads: '050401030101',
  'custom-page-sizes': '050401080100',
  'wide-arithmetic': '01050160017e00030201000a0c010a0020002000fc151a1a0b',
};
