/** Who is measured where: everything everywhere would take a day. */

import type { Benchmark, SetName } from './benchmark.js';
import { type ContenderName, large } from './contenders.js';
import { type Host, optimisedFlags } from './hosts.js';

/** `full`: all that can run. `quick`: peers on the main host alone, samples of the rest. */
export type Scope = 'full' | 'quick';

/** What begins a reason that tells of the host, not of the contender. */
export const notApplicable = 'not applicable: ';

/** Kernels that stand for the others where everything takes a hundred times as long. */
const representatives = new Set([
  ...['sieve', 'fib', 'crc32', 'xxh64', 'quicksort', 'json', 'hashmap', 'vtable', 'vm', 'nbody'],
  ...['matmul32', 'strings'],
]);

/** The host whose figures are the first to be looked at. */
export const mainHost = (hosts: readonly { name: string }[]): string =>
  (hosts.find(({ name }) => name === 'node24') ?? hosts[0])?.name ?? '';

/** The host that must not fall behind unnoticed. */
const oldestHost = 'node20';

const quickContenders: Record<string, readonly ContenderName[]> = {
  node26: ['ours', 'ours-cached', 'native', 'native-opt', 'binaryen', 'polywasm'],
  bun: ['ours', 'native', 'native-opt'],
  jitless: ['ours', 'binaryen', 'polywasm'],
};

/** Who runs modules that take seconds to load, besides the main host. */
const largeContenders = new Set<ContenderName>(['ours', 'ours-cached', 'native', 'native-opt']);

/** What is left out on purpose; undefined where it is measured. */
function outOfScope(
  scope: Scope,
  main: string,
  host: Host,
  set: SetName,
  contender: ContenderName,
  benchmark: Benchmark,
  size: number,
): string | undefined {
  if (host.interpreter && !representatives.has(benchmark.name)) {
    return 'interpreters get representative kernels';
  }
  if (contender === 'native-opt' && set === 'cold') return 'the same as native with more to do';
  if (scope === 'full') return undefined;
  if (contender === 'native-opt' && set === 'steady') return 'the same as native, once it is warm';
  if (host.name === main || host.driver !== undefined) return undefined;
  if (size > large && !(host.name in quickContenders && largeContenders.has(contender))) {
    return 'a quick session measures large modules on the main hosts';
  }
  const key = host.interpreter ? 'jitless' : host.name;
  if (!(quickContenders[key] ?? ['ours', 'native']).includes(contender)) {
    return 'a quick session measures peers on the main hosts';
  }
  const secondary = !host.interpreter && quickContenders[key] === undefined;
  if (!secondary) return undefined;
  if (set !== 'steady' || benchmark.kind !== 'kernel') return 'a quick session: kernels only';
  const all = host.name === oldestHost || representatives.has(benchmark.name);
  return all ? undefined : 'a quick session: representative kernels';
}

/**
 * Why a contender is not measured on a host at all; undefined where it is.
 * @param main name of the main host
 * @param size bytes of the module
 */
export function excluded(
  scope: Scope,
  main: string,
  host: Host,
  set: SetName,
  contender: ContenderName,
  benchmark: Benchmark,
  size: number,
): string | undefined {
  const because = (reason: string) => `${notApplicable}${reason}`;
  if (host.driver !== undefined) {
    if (contender !== 'native') return because('the host has no JavaScript');
    const script = benchmark.kind === 'program' && benchmark.driver !== 'command';
    if (script) return because('the program needs JavaScript beside it');
    return set === 'cold' ? because('another kind of process') : undefined;
  }
  if (host.scripts && (benchmark.kind === 'program' || contender === 'polywasm')) {
    return because('the host runs only single scripts');
  }
  if (contender.startsWith('native') && !host.wasm) return because('the host has no WebAssembly');
  if (contender === 'native-opt' && optimisedFlags(host) === undefined) {
    return because('no such flags here');
  }
  if (contender === 'ours-cached') {
    if (set !== 'cold') return because('the cache is for starts');
    const cached = host.name.startsWith('node') && host.name !== oldestHost;
    if (!cached || host.interpreter) return because('no compile cache');
  }
  if (contender === 'ours-O' && size > large) return because('a pre-pass of minutes');
  const reason = outOfScope(scope, main, host, set, contender, benchmark, size);
  return reason === undefined ? undefined : because(reason);
}
