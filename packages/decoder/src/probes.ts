/**
 * Small modules by which a host is asked for a feature, in hexadecimal: each needs that feature (and what it is built on),
 * and nothing else. For who cannot ask with the module itself: glue that compiles what is behind an address, pages before
 * anything is fetched. A test holds that our own detection finds these features.
 */
import type { Feature } from './opcodes.js';

/** What every module begins with, which alone is the empty one. */
const HEADER = '0061736d01000000';

/** The feature's module, without the eight bytes that all begin with. */
const PROBES: Partial<Record<Feature, string>> = {
  'mutable-globals': '0606017f0141000b07050101670300',
  'sign-extension': '01060160017f017f030201000a070105002000c00b',
  'saturating-float-to-int': '01060160017d017f030201000a080106002000fc000b',
  'multi-value': '0106016000027f7f030201000a08010600410041000b',
  'bulk-memory': '0104016000000302010005030100010a0d010b00410041004100fc0b000b',
  'reference-types': '01050160016f00030201000a080106002000d11a0b',
  simd: '0105016000017f030201000a19011700fd0c00000000000000000000000000000000fd15000b',
  'extended-const': '0609017f00410041006a0b',
  'tail-call': '010401600000030201000a0601040012000b',
  'function-references': '0109026000006001640000030201010a08010600200014000b',
  gc: '0106025f00600000030201010a08010600fb00001a0b',
  exceptions: '010401600000030201000d030100000a10010e0002401f400100000008000b0b0b',
  'multi-memory': '05050200000000',
  memory64: '0503010400',
  'relaxed-simd': '01060160017b017b030201000a0b01090020002000fd80020b',
  threads: '01060160017f017f030201000504010301010a0a0108002000fe1002000b',
  'legacy-exceptions': '010401600000030201000d030100000a0b0109000640080007000b0b',
  'custom-page-sizes': '050401080000',
  'wide-arithmetic': '01070160017e027e7e030201000a0a01080020002000fc160b',
  'custom-descriptors': '010b014e024d015f004c005f00',
};

/**
 * The modules for these features.
 * @returns each whole, in hexadecimal; what every WebAssembly has needs none
 */
export const probesOf = (features: readonly Feature[]): string[] =>
  features.flatMap((feature) => {
    const probe = PROBES[feature];
    return probe === undefined ? [] : [HEADER + probe];
  });
