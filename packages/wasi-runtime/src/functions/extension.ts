/**
 * The socket extension as one piece, which a bundle for programs that do not import it leaves out
 * (scripts/bundle.mjs): nothing else may import what only this needs, but for its types.
 */
import type { Context, WasiFunction } from '../core/context.js';
import { lookupFunctions } from './name-lookup.js';
import { networkFunctions } from './network.js';
import { socketOptionFunctions } from './socket-options.js';

/** Functions that WasmEdge also has under a second name; by arguments and addresses they are told apart. */
const SECOND = [
  'sock_open',
  'sock_bind',
  'sock_listen',
  'sock_accept',
  'sock_connect',
  'sock_recv',
  'sock_recv_from',
  'sock_send',
  'sock_send_to',
  'sock_getlocaladdr',
  'sock_getpeeraddr',
];

/**
 * All functions of the extension, by their names, in several parts.
 * @param sockets those of preview 1
 */
export function extensionFunctions(
  c: Context,
  sockets: Record<string, WasiFunction>,
): Record<string, WasiFunction>[] {
  const parts: Record<string, WasiFunction>[] = [
    networkFunctions(c),
    socketOptionFunctions(c),
    lookupFunctions(c),
  ];
  const second: Record<string, WasiFunction> = {};
  for (const name of SECOND) {
    const [body] = [...parts, sockets].flatMap((part) => part[name] ?? []);
    second[`${name}_v2`] = body!;
  }
  return [...parts, second];
}

export { allowListOf } from '../core/allowed.js';
