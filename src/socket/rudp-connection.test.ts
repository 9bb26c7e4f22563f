/**
 * Reliable UDP behind the Connection port, with a peer that speaks message by message. Real sockets on loopback.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { RudpSocketPeer } from '../testing/rudp-socket-peer.ts';
import { parseAddress } from './address.ts';
import type { Listener } from './connection.ts';
import { type ConnectedAddress, listenForSockets } from './dial.ts';
import type { StreamSocket } from './stream-socket.ts';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A peer of messages, and the stream that its connection is here. */
async function pair(): Promise<[peer: RudpSocketPeer, stream: StreamSocket]> {
  const accepted = Promise.withResolvers<StreamSocket>();
  const address = parseAddress('rudp://127.0.0.1:0') as ConnectedAddress;
  const listener: Listener = await listenForSockets(address, socket => accepted.resolve(socket));
  cleanUps.push(() => listener.close());
  const peer = await RudpSocketPeer.connect(listener.urls[0] as string);
  cleanUps.push(() => peer.close());
  const stream = await accepted.promise;
  cleanUps.push(() => stream.close());
  return [peer, stream];
}

describe('a stream of messages', () => {
  it('ends with END, and not with a message of 0 bytes', async () => {
    const [peer, stream] = await pair();
    const first = stream.recv(100);
    peer.send('');
    peer.send('data', '', '');
    expect((await first).toString()).toBe('data');
    const second = stream.recv(100);
    peer.send('', 'more', '');
    expect((await second).toString()).toBe('more');
    const end = stream.recv(100);
    peer.end();
    expect((await end).length).toBe(0);
  });

  it('has no message for 0 bytes', async () => {
    const [peer, stream] = await pair();
    await stream.sendall('');
    await stream.sendall('data');
    await peer.until(() => peer.messages.length > 0);
    expect(peer.messages).toEqual(['data']);
  });
});
