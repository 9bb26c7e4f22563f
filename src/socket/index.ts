export { type Address, DEFAULT_PORT, formatAddress, parseAddress } from './address.ts';
export type { Sendable } from './base-socket.ts';
export type { Connection, ConnectionHandlers, Listener, OnConnection } from './connection.ts';
export * from './constants.ts';
export type { DatagramOptionValue, Membership } from './datagram-settings.ts';
export { DatagramSocket, type Received } from './datagram-socket.ts';
export { create_connection, create_server, type ListeningSocket, type ServerOptions } from './dial.ts';
export { duplexOf, type SocketDuplex } from './duplex.ts';
export {
  type AddressInfo,
  getaddrinfo,
  gethostbyname,
  gethostname,
  type InetAddress,
  type SocketAddress,
} from './names.ts';
export { connectTo, listenAt } from './open.ts';
export { holderOfPort, type PortHolder } from './port-holder.ts';
export { type Socket, socket } from './socket.ts';
export { EndOfStreamError } from './socket-error.ts';
export type { OptionValue } from './stream-settings.ts';
export { type Accepted, type ReadLimit, StreamSocket } from './stream-socket.ts';
export type { WaitOptions } from './waiters.ts';
