/**
 * One function for every transport: an address is all that differs.
 */
import { UsageError } from '../errors/errors.ts';
import { type Address, formatAddress } from './address.ts';
import type { Connection, ConnectionHandlers, Listener, OnConnection } from './connection.ts';
import { connectDatagram, listenDatagram } from './datagram.ts';
import { connectStream } from './stream-connect.ts';
import { TELEMETRY_STREAM } from './stream-connection.ts';
import { listenStream } from './stream-listen.ts';

/** Connects to an address. @throws UsageError SW_BAD_URL, NetworkError, or the signal's reason */
export async function connectTo(
  address: Address,
  handlers: ConnectionHandlers,
  signal?: AbortSignal,
): Promise<Connection> {
  if (address.transport !== 'unix' && (address.host === '*' || address.port === 0)) {
    const message = `${formatAddress(address)} is an address to listen at: name the host and port to connect to`;
    throw new UsageError('SW_BAD_URL', message);
  }
  switch (address.transport) {
    case 'udp':
      return connectDatagram(address, handlers, signal);
    case 'rudp':
      return (await reliable()).connectRudp(address, handlers, signal);
    default:
      return connectStream(address, handlers, { ...TELEMETRY_STREAM, signal });
  }
}

/** Listens at an address. @throws NetworkError */
export async function listenAt(address: Address, onConnection: OnConnection): Promise<Listener> {
  switch (address.transport) {
    case 'udp':
      return listenDatagram(address, onConnection);
    case 'rudp':
      return (await reliable()).listenRudp(address, onConnection);
    default:
      return listenStream(address, onConnection);
  }
}

/** Loaded when it is wanted: it has as many files as all the other transports, and most programs do without. */
function reliable(): Promise<typeof import('./rudp.ts')> {
  return import('./rudp.ts');
}
