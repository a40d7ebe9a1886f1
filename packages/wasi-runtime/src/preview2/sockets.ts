/**
 * wasi:sockets of WASI 0.2 for a guest that was given no network: every socket, and every look for a name, is
 * `access-denied`, as other runtimes have it by default. Programs import the interface even if they use no socket.
 */

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
export function noSockets() {
  return {
    'wasi:sockets/network': { Network, networkErrorCode: () => undefined },
    'wasi:sockets/instance-network': { instanceNetwork: () => new Network() },
    'wasi:sockets/tcp': { TcpSocket },
    'wasi:sockets/tcp-create-socket': { createTcpSocket: denied },
    'wasi:sockets/udp': { UdpSocket, IncomingDatagramStream, OutgoingDatagramStream },
    'wasi:sockets/udp-create-socket': { createUdpSocket: denied },
    'wasi:sockets/ip-name-lookup': { ResolveAddressStream, resolveAddresses: denied },
  };
}
