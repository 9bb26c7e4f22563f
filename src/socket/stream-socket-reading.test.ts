/**
 * What stream sockets read and send, over real connections whose other end is a plain socket of Node.js.
 */
import { getEventListeners, once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as C from './constants.ts';
import type { SocketAddress } from './names.ts';
import { socket } from './socket.ts';
import type { StreamSocket } from './stream-socket.ts';

let server: Server;
let client: StreamSocket;
/** The other end, as it came. */
let peer: Socket;

beforeEach(async () => {
  server = createServer({ allowHalfOpen: true, pauseOnConnect: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  client = socket(C.AF_INET, C.SOCK_STREAM);
  [peer] = await connected(client);
});
afterEach(() => {
  client.close();
  peer.destroy();
  server.close();
});

async function connected(one: StreamSocket): Promise<[Socket]> {
  const { port } = server.address() as { port: number };
  const [[accepted]] = await Promise.all([
    once(server, 'connection') as Promise<[Socket]>,
    one.connect(['127.0.0.1', port]),
  ]);
  accepted.on('error', () => undefined);
  return [accepted];
}

const text = async (bytes: Promise<Buffer>): Promise<string> => (await bytes).toString();

/** All that the other end gets until the end. */
async function all(from: Socket): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of from) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

/** Resolves when a number has not changed for many turns of the event loop, in which everybody could have gone on. */
async function settled(look: () => number): Promise<number> {
  let before = Number.NaN;
  for (let same = 0; same < 200; ) {
    await new Promise(setImmediate);
    const now = look();
    same = now === before ? same + 1 : 0;
    before = now;
  }
  return before;
}

type Ends = Pick<StreamSocket, 'getsockname' | 'getpeername'>;

/** What the kernel says of one end of a connection (/proc/net/tcp). */
function kernelOf(end: Ends): {
  /** Bytes that the peer has not got. */
  readonly sending: number;
  /** Bytes that nobody has read. */
  readonly receiving: number;
  /** Seconds until the peer is asked whether it is there. */
  readonly probeAfter: number | undefined;
} {
  const hex = (address: SocketAddress): string =>
    Number(address[1]).toString(16).toUpperCase().padStart(4, '0');
  const rows = readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1);
  const row = rows
    .map(line => line.trim().split(/\s+/))
    .find(
      ([, own, other]) =>
        own?.endsWith(`:${hex(end.getsockname())}`) && other?.endsWith(`:${hex(end.getpeername())}`),
    );
  const numbers = (column: number): number[] =>
    row?.[column]?.split(':').map(text => Number.parseInt(text, 16)) ?? [];
  const [sending = 0, receiving = 0] = numbers(4);
  // The timer with number 2 is that of keep-alive, in hundredths of a second (proc_net(5)).
  const [timer, hundredths = 0] = numbers(5);
  return { sending, receiving, probeAfter: timer === 2 ? hundredths / 100 : undefined };
}

/** The other end, as seen from this one. */
const otherEnd = { getsockname: () => client.getpeername(), getpeername: () => client.getsockname() };

describe('recv', () => {
  it('gives at most as many bytes as asked for, and the rest later', async () => {
    peer.end('Hello, world');
    expect(await text(client.recv(5))).toBe('Hello');
    expect(await client.recv(0)).toHaveLength(0);
    expect(await text(client.recv(100))).toBe(', world');
    expect(await client.recv(100)).toHaveLength(0);
  });

  it('waits for what comes, and several calls get it in their order', async () => {
    const calls = [client.recv(2), client.readexactly(3), client.recv(100)];
    peer.write('abcdefg');
    expect((await Promise.all(calls)).map(String)).toEqual(['ab', 'cde', 'fg']);
  });

  it.each([-1, 1.5, Number.NaN])('of %d bytes cannot be', async size => {
    await expect(client.recv(size)).rejects.toMatchObject({ code: 'SW_USAGE', errno: 'EINVAL' });
  });

  it('gives what came before a reset, then ECONNRESET', async () => {
    // More than this end keeps, so that some is with Node.js and some with the kernel when the reset comes.
    const sent = Buffer.alloc(300_000, 'x');
    peer.write(sent);
    await settled(() => kernelOf(client).receiving);
    // A reset takes with it what has not left the sender.
    const coming = sent.length - kernelOf(otherEnd).sending;
    expect([peer.writableLength, coming > 150_000]).toEqual([0, true]);
    peer.resetAndDestroy();
    await once(peer, 'close');
    await settled(() => 0);
    let got = 0;
    await expect(
      (async () => {
        for await (const chunk of client) got += chunk.length;
      })(),
    ).rejects.toMatchObject({ code: 'SW_NETWORK', errno: 'ECONNRESET' });
    expect(got).toBe(coming);
    await expect(client.sendall('x')).rejects.toMatchObject({ errno: 'ECONNRESET' });
  });

  it('gives what Node.js kept of a small piece before a reset', async () => {
    // This end keeps 64 KiB; what Node.js reads beyond it is not in the kernel any more.
    peer.write(Buffer.alloc(65_536, 'x'));
    await settled(() => 0);
    peer.write('and a little more');
    await settled(() => 0);
    peer.resetAndDestroy();
    await once(peer, 'close');
    await settled(() => 0);
    expect(String(await client.readexactly(65_536 + 17)).slice(-17)).toBe('and a little more');
    await expect(client.recv(1)).rejects.toMatchObject({ errno: 'ECONNRESET' });
  });

  it('reads nothing where nobody calls it: the peer must wait', async () => {
    const total = 64 * 2 ** 20;
    let isTaken = false;
    peer.write(Buffer.alloc(total), () => (isTaken = true));
    const unread = await settled(() => kernelOf(client).receiving);
    expect([isTaken, unread > 0]).toEqual([false, true]);
    peer.end();
    let got = 0;
    for await (const chunk of client.chunks()) got += chunk.length;
    expect([got, isTaken]).toEqual([total, true]);
  });

  it('ends after SHUT_RD, and the peer may go on sending', async () => {
    peer.write('before');
    expect(await text(client.recv(3))).toBe('bef');
    const waiting = client.recv(100).then(() => client.recv(100));
    client.shutdown(C.SHUT_RD);
    expect(await waiting).toHaveLength(0);
    const done = once(peer, 'finish');
    peer.end(Buffer.alloc(2 ** 24));
    await done;
    await client.sendall('still here');
    client.shutdown(C.SHUT_RDWR);
    expect(String(await all(peer))).toBe('still here');
    expect(await client.recv(1)).toHaveLength(0);
  });
});

describe('lines and records', () => {
  it('are read one by one, the last without its separator', async () => {
    peer.end('GET / HTTP/1.1\r\nHost: x\r\n\r\nno newline');
    expect(await text(client.readuntil('\r\n'))).toBe('GET / HTTP/1.1\r\n');
    expect(await text(client.readline())).toBe('Host: x\r\n');
    expect(await text(client.readline())).toBe('\r\n');
    expect(await text(client.readline())).toBe('no newline');
    expect(await text(client.readline())).toBe('');
    await expect(client.readexactly(4)).rejects.toMatchObject({ code: 'SW_END_OF_STREAM' });
  });

  it('that end too early say what came', async () => {
    peer.end('abc');
    await expect(client.readexactly(4)).rejects.toMatchObject({
      code: 'SW_END_OF_STREAM',
      partial: Buffer.from('abc'),
      message: 'the stream ended after 3 bytes, before 4 bytes',
    });
    await expect(client.readuntil('\n')).rejects.toMatchObject({ partial: Buffer.alloc(0) });
  });

  it('that are too long are refused, and are still there', async () => {
    peer.write('x'.repeat(100));
    await expect(client.readline({ limit: 50 })).rejects.toMatchObject({
      code: 'SW_LIMIT',
      message: expect.stringContaining('within 50 bytes'),
    });
    expect(await client.readexactly(100)).toHaveLength(100);
    await expect(client.readuntil('')).rejects.toMatchObject({ code: 'SW_USAGE' });
    await expect(client.readline({ limit: -1 })).rejects.toMatchObject({ code: 'SW_USAGE' });
  });

  it('may be longer than what is kept otherwise', async () => {
    const line = `${'x'.repeat(1_000_000)}\n`;
    peer.write(line);
    expect(await text(client.readline({ limit: 2_000_000 }))).toBe(line);
    peer.write(line);
    expect(await client.readexactly(1_000_001)).toHaveLength(1_000_001);
  });

  it('end at the separator as it was when it was asked for', async () => {
    const separator = Buffer.from(';');
    const waiting = client.readuntil(separator);
    separator[0] = 0x2c;
    peer.write('a,b;');
    expect(await text(waiting)).toBe('a,b;');
  });
});

describe('sendall', () => {
  it('waits while the peer reads nothing, and in the end everything is there', async () => {
    const data = Buffer.from(Array.from({ length: 2 ** 14 }, (_, index) => index % 251));
    const whole = Buffer.concat(Array.from({ length: 1_024 }, () => data));
    let isDone = false;
    const sending = client.sendall(whole).then(() => (isDone = true));
    const waiting = await settled(() => kernelOf(client).sending);
    expect([isDone, waiting > 0]).toEqual([false, true]);
    const reading = all(peer);
    await sending;
    client.shutdown(C.SHUT_WR);
    expect((await reading).equals(whole)).toBe(true);
  });

  it('gives up by time or signal, and so does send', async () => {
    const { signal } = new AbortController();
    // The last one that the kernel has room for, and one that it has not.
    client.settimeout(0.02);
    await expect(client.sendall(Buffer.alloc(2 ** 25), { signal })).rejects.toMatchObject({
      code: 'SW_TIMEOUT',
      errno: 'ETIMEDOUT',
    });
    await expect(client.send('x')).rejects.toMatchObject({ errno: 'ETIMEDOUT' });
    client.settimeout(0);
    await expect(client.send('x')).rejects.toMatchObject({ errno: 'EAGAIN' });
    client.settimeout(null);
    const controller = new AbortController();
    const sending = client.sendall('x', { signal: controller.signal });
    controller.abort('enough');
    await expect(sending).rejects.toBe('enough');
    for (const each of [signal, controller.signal]) expect(getEventListeners(each, 'abort')).toHaveLength(0);
  });

  it('with settimeout(0) takes what has room, and says when there is none', async () => {
    client.settimeout(0);
    const piece = Buffer.alloc(3 * 2 ** 20, 'x');
    let sent = 0;
    const fill = async (): Promise<never> => {
      for (;;) sent += await client.send(piece);
    };
    await expect(fill()).rejects.toMatchObject({ errno: 'EAGAIN' });
    expect(sent).toBeGreaterThan(0);
    // What was taken is ours no more.
    piece.fill('y');
    client.shutdown(C.SHUT_WR);
    const got = await all(peer);
    expect([got.length, got.includes('y')]).toEqual([sent, false]);
  });

  it('fails where the peer is gone', async () => {
    peer.resetAndDestroy();
    await expect(client.recv(1)).rejects.toMatchObject({ errno: 'ECONNRESET' });
    await expect(client.sendall('x')).rejects.toMatchObject({ code: 'SW_NETWORK', errno: 'ECONNRESET' });
    const other = socket();
    const [gone] = await connected(other);
    gone.destroy();
    expect(await other.recv(1)).toHaveLength(0);
    const send = async (): Promise<never> => {
      for (;;) await other.sendall('x');
    };
    await expect(send()).rejects.toMatchObject({
      code: 'SW_NETWORK',
      errno: expect.stringMatching(/^(EPIPE|ECONNRESET)$/),
    });
    // What the peer sent had ended before.
    expect(await other.recv(1)).toHaveLength(0);
    other.close();
  });

  it('takes text and bytes, and nothing else', async () => {
    await client.sendall('°C');
    await client.sendall(new Uint8Array([1, 2]));
    await client.sendall('');
    expect(await client.send(Buffer.alloc(2 ** 20 + 1))).toBe(2 ** 20);
    await expect(client.sendall(5 as never)).rejects.toMatchObject({ code: 'SW_USAGE' });
    await expect(client.send(undefined as never)).rejects.toMatchObject({ code: 'SW_USAGE' });
    client.close();
    expect((await all(peer)).subarray(0, 5)).toEqual(Buffer.from([0xc2, 0xb0, 0x43, 1, 2]));
  });
});

describe('options', () => {
  it('are really set, also of what is accepted', async () => {
    const listener = socket();
    listener.setsockopt(C.IPPROTO_TCP, C.TCP_NODELAY, 1);
    listener.setsockopt(C.IPPROTO_TCP, C.TCP_KEEPIDLE, 100);
    listener.setsockopt(C.SOL_SOCKET, C.SO_KEEPALIVE, 1);
    await listener.bind(['127.0.0.1', 0]);
    await listener.listen();
    const [own, plain] = [socket(), socket()];
    own.setsockopt(C.SOL_SOCKET, C.SO_KEEPALIVE, 1);
    for (const one of [own, plain]) await one.connect(listener.getsockname());
    const [accepted] = await listener.accept();
    plain.setsockopt(C.SOL_SOCKET, C.SO_KEEPALIVE, 1);
    plain.setsockopt(C.IPPROTO_TCP, C.TCP_KEEPIDLE, 50);
    const of = (one: StreamSocket): number[] => [
      one.getsockopt(C.SOL_SOCKET, C.SO_KEEPALIVE) as number,
      one.getsockopt(C.IPPROTO_TCP, C.TCP_KEEPIDLE) as number,
      one.getsockopt(C.IPPROTO_TCP, C.TCP_NODELAY) as number,
    ];
    expect([of(accepted), of(own), of(plain)]).toEqual([
      [1, 100, 1],
      [1, 7_200, 0],
      [1, 50, 0],
    ]);
    for (const [one, seconds] of [
      [accepted, 100],
      [own, 7_200],
      [plain, 50],
    ] as const) {
      const { probeAfter } = kernelOf(one);
      expect(probeAfter).toBeLessThanOrEqual(seconds);
      expect(probeAfter).toBeGreaterThan(seconds - 20);
    }
    own.setsockopt(C.SOL_SOCKET, C.SO_KEEPALIVE, false);
    expect(kernelOf(own).probeAfter).toBeUndefined();
    for (const one of [listener, own, plain, accepted]) one.close();
  });

  it('SO_LINGER [1, 0] makes close a reset', async () => {
    client.setsockopt(C.SOL_SOCKET, C.SO_LINGER, [1, 0]);
    expect(client.getsockopt(C.SOL_SOCKET, C.SO_LINGER)).toEqual([1, 0]);
    const failed = once(peer, 'error');
    peer.resume();
    client.close();
    expect(await failed).toMatchObject([{ code: 'ECONNRESET' }]);
  });
});

it('an asyncDispose waits until the connection is gone', async () => {
  peer.on('end', () => peer.end('last words'));
  peer.resume();
  await client[Symbol.asyncDispose]();
  expect(client.closed).toBe(true);
});
