/**
 * `rudp://`: connecting to and listening for reliable UDP.
 */
import { lookup } from 'node:dns/promises';
import { dropsAtPort } from '../sockettable/own-port.ts';
import { formatUrl, type RudpAddress } from './address.ts';
import type { Connection, ConnectionHandlers, Listener, OnConnection } from './connection.ts';
import { reachableHosts } from './hosts.ts';
import { networkError } from './network-error.ts';
import { RudpSocket } from './rudp-socket.ts';
import { bindHost, connectUdp, udpSocket } from './udp-socket.ts';

/** Connects. Resolves when the server has answered once; the first messages ride on the rest of the handshake. @throws NetworkError, or the signal's reason */
export async function connectRudp(
  address: RudpAddress,
  handlers: ConnectionHandlers,
  signal?: AbortSignal,
): Promise<Connection> {
  signal?.throwIfAborted();
  const { rudp, host } = await openRudp(address);
  const connection = rudp.connect(handlers, { host, port: address.port });
  const onAbort = (): void => connection.abort();
  signal?.addEventListener('abort', onAbort);
  try {
    signal?.throwIfAborted();
    await connection.ready;
    return connection;
  } catch (error) {
    connection.abort();
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

/** A connected UDP socket, so that "port unreachable" comes back to it. @throws NetworkError */
async function openRudp(address: RudpAddress): Promise<{ rudp: RudpSocket; host: string }> {
  let socket: ReturnType<typeof udpSocket> | undefined;
  try {
    const { address: host, family } = await lookup(address.host, { order: 'ipv4first' });
    socket = udpSocket(family === 6 ? 6 : 4);
    await connectUdp(socket, host, address.port);
    return { rudp: new RudpSocket(socket, address), host };
  } catch (error) {
    socket?.close();
    throw networkError(error, address, 'connect');
  }
}

/** Listens. @throws NetworkError */
export async function listenRudp(address: RudpAddress, onConnection: OnConnection): Promise<Listener> {
  const socket = await bindHost(address);
  const { address: host, port } = socket.address();
  const rudp = new RudpSocket(socket, address, onConnection);
  let drops = 0;
  let isOpen = true;
  return {
    urls: reachableHosts(address.host).map(reachable => formatUrl('rudp', reachable, port)),
    kernelDrops: () => {
      if (isOpen) drops = dropsAtPort(port, host);
      return drops;
    },
    strangers: () => rudp.strangers,
    close: async () => {
      if (isOpen) drops = dropsAtPort(port, host);
      isOpen = false;
      rudp.stopAccepting();
    },
  };
}
