/**
 * wasi:sockets of WASI 0.2 in the bundle for components that make no sockets (scripts/bundle.mjs puts it in the place of
 * network.ts): programs import parts of the interface even if they use none. All is `access-denied`, as it is for those
 * that may reach nothing.
 */

import type { ComponentNetwork } from './network.js';

/** `network`. */
export class Network {}
/** `tcp-socket`: none is ever made. */
export class TcpSocket {}
/** `udp-socket`: none is ever made. */
export class UdpSocket {}
/** `incoming-datagram-stream`: none is ever made. */
export class IncomingDatagramStream {}
/** `outgoing-datagram-stream`: none is ever made. */
export class OutgoingDatagramStream {}
/** `resolve-address-stream`: none is ever made. */
export class ResolveAddressStream {}

const denied = (): never => {
  throw 'access-denied';
};

/** The interfaces of wasi:sockets. */
const interfaces = {
  'wasi:sockets/network': { Network, networkErrorCode: () => undefined },
  'wasi:sockets/instance-network': { instanceNetwork: () => new Network() },
  'wasi:sockets/tcp': { TcpSocket },
  'wasi:sockets/tcp-create-socket': { createTcpSocket: denied },
  'wasi:sockets/udp': { UdpSocket, IncomingDatagramStream, OutgoingDatagramStream },
  'wasi:sockets/udp-create-socket': { createUdpSocket: denied },
  'wasi:sockets/ip-name-lookup': { ResolveAddressStream, resolveAddresses: denied },
};

/** As that of network.ts. */
export const componentNetwork = (): ComponentNetwork => ({
  context: undefined,
  interfaces,
  handle() {
    throw new TypeError('the component does not export wasi:http/incoming-handler');
  },
});
