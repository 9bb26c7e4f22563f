/**
 * Conversations in datagrams with peers that answer, lose, and answer late. The peers are sockets of Node.js.
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../clock/system-clock.ts';
import { TalkCounters, type TalkEnd } from './counters.ts';
import { exchangeOverDatagrams } from './datagram-exchange.ts';
import { type DatagramPeer, openPeer, openReceiver } from './datagram-peer.ts';
import { talkOverDatagrams } from './datagram-talk.ts';
import { LineInput } from './input.ts';
import type { MessageOrigin, TalkOutput } from './ports.ts';
import { receiveDatagrams } from './receive-datagrams.ts';
import type { ExchangeOptions } from './stream-exchange.ts';

const ending: (() => void)[] = [];
afterEach(() => {
  for (const end of ending.splice(0)) end();
});

type Serve = (bytes: Buffer, answer: (bytes: Buffer | string) => void) => void;

/** A peer that does this with each datagram, and the port of it. */
async function serve(onDatagram: Serve, host = '127.0.0.1'): Promise<number> {
  const socket: Socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  socket.on('message', (bytes, { address, port }: RemoteInfo) =>
    onDatagram(bytes, answer => socket.send(answer, port, address)),
  );
  socket.bind(0, host);
  await once(socket, 'listening');
  ending.push(() => socket.close());
  return socket.address().port;
}

async function peerTo(port: number, host = '127.0.0.1'): Promise<DatagramPeer> {
  const peer = await openPeer({ transport: 'udp', host, port });
  ending.push(() => peer.socket.close());
  return peer;
}

class Heard implements TalkOutput {
  readonly messages: string[] = [];
  readonly from: (string | undefined)[] = [];

  message(bytes: Uint8Array, { from }: MessageOrigin = {}): undefined {
    this.messages.push(Buffer.from(bytes).toString());
    this.from.push(from);
  }

  piece(): undefined {}

  endOfPieces(): undefined {}

  sent(): undefined {}
}

describe('exchangeOverDatagrams', () => {
  function exchange(
    peer: DatagramPeer,
    given: Partial<ExchangeOptions> = {},
  ): { readonly heard: Heard; readonly counters: TalkCounters; readonly end: Promise<TalkEnd> } {
    const heard = new Heard();
    const counters = new TalkCounters();
    const end = exchangeOverDatagrams(peer, {
      clock: systemClock,
      output: heard,
      counters,
      text: Buffer.from('Hello'),
      count: 1,
      timeoutUs: 20_000_000,
      signal: new AbortController().signal,
      ...given,
    });
    return { heard, counters, end };
  }

  it('waits for each answer', async () => {
    const port = await serve((bytes, answer) => answer(bytes.toString().toUpperCase()));
    const { end, heard, counters } = exchange(await peerTo(port), { count: 100 });
    expect([await end, heard.messages]).toEqual(['done', Array(100).fill('HELLO')]);
    expect([counters.lost, counters.roundTripUs.count]).toEqual([0, 100]);
  });

  it('goes on after a lost datagram, and counts it', async () => {
    let number = 0;
    const port = await serve((bytes, answer) => {
      if (++number !== 3) answer(bytes);
    });
    const { end, counters } = exchange(await peerTo(port), { count: 10, timeoutUs: 100_000 });
    expect([await end, counters.sent, counters.received, counters.lost]).toEqual(['done', 10, 9, 1]);
  });

  it('fails at once where nobody listens', async () => {
    const port = await serve(() => undefined);
    const peer = await peerTo(port);
    for (const end of ending.splice(0, 1)) end();
    const { end } = exchange(peer, { count: 1_000 });
    await expect(end).rejects.toMatchObject({ code: 'SW_UNREACHABLE', errno: 'ECONNREFUSED' });
  });

  it('hears everybody who answers to a broadcast', async () => {
    const port = await serve((_, answer) => {
      answer('one');
      answer('two');
    }, '0.0.0.0');
    const peer = await peerTo(port, '127.255.255.255');
    const { end, heard, counters } = exchange(peer, { timeoutUs: 200_000 });
    expect([peer.reach, await end, heard.messages.toSorted()]).toEqual(['broadcast', 'done', ['one', 'two']]);
    expect(counters.lost).toBe(0);
    expect(heard.from[0]).toBe(`udp://127.0.0.1:${port}`);
  });
});

describe('talkOverDatagrams', () => {
  it('sends each line as a datagram, and ends with the last answer', async () => {
    const got: string[] = [];
    const port = await serve((bytes, answer) => {
      got.push(bytes.toString());
      answer(bytes);
    });
    const input = new PassThrough();
    input.end('one\n\ntwo\r\nthree');
    const heard = new Heard();
    const end = await talkOverDatagrams(await peerTo(port), {
      clock: systemClock,
      input: new LineInput(input, { eol: '', mostBytes: 100, endLeaves: false }),
      output: heard,
      counters: new TalkCounters(),
      timeoutUs: 20_000_000,
      signal: new AbortController().signal,
    });
    expect([end, got, heard.messages]).toEqual([
      'done',
      ['one', '', 'two', 'three'],
      ['one', '', 'two', 'three'],
    ]);
  });

  it('ends when it has been quiet for long enough', async () => {
    const port = await serve(() => undefined);
    const input = new PassThrough();
    input.end('one\ntwo\n');
    const counters = new TalkCounters();
    const end = await talkOverDatagrams(await peerTo(port), {
      clock: systemClock,
      input: new LineInput(input, { eol: '', mostBytes: 100, endLeaves: false }),
      output: new Heard(),
      counters,
      timeoutUs: 1_000,
      signal: new AbortController().signal,
    });
    expect([end, counters.sent, counters.received]).toEqual(['quiet', 2, 0]);
  });
});

describe('receiveDatagrams', () => {
  it('takes them from anybody, cuts what is longer than wanted, and counts that', async () => {
    const { socket, urls } = await openReceiver({ transport: 'udp', host: '127.0.0.1', port: 0 });
    ending.push(() => socket.close());
    const heard = new Heard();
    const counters = new TalkCounters();
    const receiving = receiveDatagrams(socket, 4, {
      output: heard,
      counters,
      count: 2,
      signal: new AbortController().signal,
    });
    const sender = await peerTo(Number(new URL(urls[0] as string).port));
    await sender.send(Buffer.from('123456'));
    await sender.send(Buffer.from('12'));
    expect([await receiving, heard.messages, counters.truncated]).toEqual(['done', ['1234', '12'], 1]);
  });

  it('hears a group with others beside it', async () => {
    const address = { transport: 'udp', host: '239.255.77.1', port: 0 } as const;
    const first = await openReceiver(address, { interface: '127.0.0.1' });
    const port = Number(new URL(first.urls[0] as string).port);
    const second = await openReceiver({ ...address, port }, { interface: '127.0.0.1' });
    const peer = await openPeer({ ...address, port }, { interface: '127.0.0.1', ttl: 0 });
    ending.push(() => {
      for (const { socket } of [first, second, peer]) socket.close();
    });
    const heard = [first, second].map(({ socket }) => socket.recv(100));
    await peer.send(Buffer.from('to all'));
    expect((await Promise.all(heard)).map(String)).toEqual(['to all', 'to all']);
    expect(peer.reach).toBe('group');
  });

  it('refuses what is not said clearly', async () => {
    const refusals = [
      openReceiver({ transport: 'udp', host: 'ff02::1', port: 0 }),
      openReceiver({ transport: 'udp', host: '127.0.0.1', port: 0 }, { interface: 'lo' }),
      openPeer({ transport: 'udp', host: '127.0.0.1', port: 0 }),
      openPeer({ transport: 'udp', host: '*', port: 5_005 }),
    ];
    const results = await Promise.allSettled(refusals);
    expect(results.map(result => result.status === 'rejected' && result.reason.code)).toEqual([
      'SW_USAGE',
      'SW_USAGE',
      'SW_BAD_URL',
      'SW_BAD_URL',
    ]);
  });
});
