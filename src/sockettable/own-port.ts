/**
 * What the tables say of a port of our own. They are asked beside other work, which must go on where the system has no
 * tables, or does not let us read them.
 */
import { SensewireError } from '../errors/errors.ts';
import { readSocketTables } from './read-tables.ts';
import type { InetSocket } from './socket-entry.ts';

/** The sockets that are bound to this port of this machine; none where the system does not tell. */
export function socketsAtPort(protocol: 'tcp' | 'udp', port: number): InetSocket[] {
  try {
    const { sockets } = readSocketTables({ protocols: new Set([protocol]), port });
    return sockets.filter(socket => socket.protocol !== 'unix').filter(({ local }) => local.port === port);
  } catch (error) {
    if (error instanceof SensewireError) return [];
    throw error;
  }
}

/**
 * Datagrams that found the queues of the UDP sockets at this port full; 0 where the system does not tell.
 * @param address only sockets bound to this address
 */
export function dropsAtPort(port: number, address?: string): number {
  return socketsAtPort('udp', port)
    .filter(({ local }) => (address ?? local.address) === local.address)
    .reduce((sum, { drops }) => sum + (drops ?? 0), 0);
}
