/**
 * Reliable UDP behind the Connection port, with a peer that speaks message by message. Real sockets on loopback.
 */
import { afterEach, describe, expect, it } from 'vitest';
import type { NetworkError } from '../errors/errors.ts';
import { RudpSocketPeer } from '../testing/rudp-socket-peer.ts';
import { parseAddress } from './address.ts';
import type { Connection, Listener } from './connection.ts';
import { type ConnectedAddress, listenForSockets } from './dial.ts';
import { listenAt } from './open.ts';
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

  it('is channel 0, whatever comes on others', async () => {
    const [peer, stream] = await pair();
    const first = stream.recv(100);
    for (const channel of [1, 0x40, 0x80]) peer.send({ channel, text: 'beside it' });
    peer.send('data');
    expect((await first).toString()).toBe('data');
  });

  it('has no message for 0 bytes', async () => {
    const [peer, stream] = await pair();
    await stream.sendall('');
    await stream.sendall('data');
    await peer.until(() => peer.messages.length > 0);
    expect(peer.messages).toEqual(['data']);
  });
});

/** A listener whose application takes the first message, and then no more. */
class Blocked {
  readonly received: string[] = [];
  readonly first = Promise.withResolvers<void>();
  readonly closed = Promise.withResolvers<NetworkError | undefined>();
  url = '';
  #connection: Connection | undefined;

  resume(): void {
    this.#connection?.resume();
  }

  async listen(): Promise<this> {
    const listener = await listenAt(parseAddress('rudp://127.0.0.1:0'), (connection: Connection) => {
      cleanUps.push(() => connection.abort());
      this.#connection = connection;
      return {
        onReceive: bytes => {
          this.received.push(bytes.toString());
          connection.pause();
          this.first.resolve();
        },
        onDrain: () => undefined,
        onEnd: () => undefined,
        onClose: error => this.closed.resolve(error),
      };
    });
    cleanUps.push(() => listener.close());
    [this.url = ''] = listener.urls;
    return this;
  }
}

describe('an application that takes no more', () => {
  it('hears at once that its peer broke off, after what came before', async () => {
    const blocked = await new Blocked().listen();
    const peer = await RudpSocketPeer.connect(blocked.url);
    cleanUps.push(() => peer.close());
    peer.send('first');
    await blocked.first.promise;
    peer.send('second');
    peer.abort('enough');
    expect(await blocked.closed.promise).toMatchObject({ errno: 'ECONNRESET' });
    expect(blocked.received).toEqual(['first', 'second']);
  });

  it('hears of it also where the peer has not heard yet that it was accepted', async () => {
    const blocked = await new Blocked().listen();
    const peer = await RudpSocketPeer.connect(blocked.url, { upTo: 'validated', first: 'first' });
    cleanUps.push(() => peer.close());
    peer.abort('enough');
    expect(await blocked.closed.promise).toMatchObject({ errno: 'ECONNRESET' });
    expect(blocked.received).toEqual(['first']);
  });

  it('keeps an end that the peer meant until it takes what came before', async () => {
    const blocked = await new Blocked().listen();
    const peer = await RudpSocketPeer.connect(blocked.url);
    cleanUps.push(() => peer.close());
    peer.send('first');
    await blocked.first.promise;
    peer.send('second');
    peer.finish();
    await peer.until(() => peer.events.some(({ type }) => type === 'closed'));
    expect(blocked.received).toEqual(['first']);
    blocked.resume();
    expect(await blocked.closed.promise).toBeUndefined();
    expect(blocked.received).toEqual(['first', 'second']);
  });
});
