import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import { parseAddress, type StreamAddress } from './address.ts';
import { listenForSockets } from './dial.ts';
import { duplexOf, type SocketDuplex } from './duplex.ts';

/** More than kernel and stream hold together: Linux gives loopback some 6 MB in each direction. */
const MUCH = 64 * 1_048_576;
const HELD = 16 * 1_048_576;

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A duplex, and the plain socket of its peer. */
async function pair(): Promise<{ duplex: SocketDuplex; peer: Socket }> {
  const accepted = Promise.withResolvers<SocketDuplex>();
  const address = parseAddress('tcp://127.0.0.1:0') as StreamAddress;
  const listener = await listenForSockets(address, socket => accepted.resolve(duplexOf(socket)));
  const port = Number(new URL((listener.urls[0] as string).replace('tcp:', 'http:')).port);
  const peer = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  await once(peer, 'connect');
  const duplex = await accepted.promise;
  closing.push(
    () => listener.close(),
    () => peer.destroy(),
    () => duplex.destroy(),
  );
  return { duplex, peer };
}

/** Time for whatever is on its way, as round trips of another connection. */
async function roundTrips(): Promise<void> {
  const { duplex, peer } = await pair();
  duplex.pipe(duplex);
  for (let round = 0; round < 50; round++) {
    peer.write(Buffer.alloc(1_024));
    await once(peer, 'data');
  }
}

test('bytes go both ways, and each half ends by itself', async () => {
  const { duplex, peer } = await pair();
  // An iterator would close the peer at the end of what it reads.
  let received = '';
  peer.on('data', bytes => (received += bytes));
  duplex.end('from the duplex');
  await once(peer, 'end');
  expect(received).toBe('from the duplex');
  expect(duplex.destroyed).toBe(false);
  peer.end('and back, after its end');
  expect((await buffer(duplex)).toString()).toBe('and back, after its end');
  if (!duplex.closed) await once(duplex, 'close');
});

test('pieces that are written together arrive together', async () => {
  const { duplex, peer } = await pair();
  duplex.cork();
  for (const piece of ['HTTP/1.1 200 OK\r\n', '\r\n', 'body']) duplex.write(piece);
  duplex.uncork();
  const [first] = (await once(peer, 'data')) as [Buffer];
  expect(first.toString()).toBe('HTTP/1.1 200 OK\r\n\r\nbody');
});

test('a peer is read only as the stream is', async () => {
  const { duplex, peer } = await pair();
  peer.write(Buffer.alloc(MUCH));
  await once(duplex, 'readable');
  await roundTrips();
  expect(duplex.readableLength).toBeLessThan(1_048_576);
  peer.end();
  let bytes = 0;
  for await (const piece of duplex as AsyncIterable<Buffer>) bytes += piece.length;
  expect(bytes).toBe(MUCH);
});

test('a write is done when the kernel has its bytes', async () => {
  const { duplex, peer } = await pair();
  peer.pause();
  let done = 0;
  const piece = Buffer.alloc(1_048_576);
  for (let sent = 0; sent < MUCH; sent += piece.length) duplex.write(piece, () => (done += piece.length));
  await roundTrips();
  expect(done).toBeLessThan(HELD);
  duplex.end();
  let bytes = 0;
  for await (const part of peer as AsyncIterable<Buffer>) bytes += part.length;
  expect(bytes).toBe(MUCH);
  expect(done).toBe(MUCH);
});

test('a reset is an error with its errno', async () => {
  const { duplex, peer } = await pair();
  duplex.resume();
  peer.resetAndDestroy();
  const [error] = await once(duplex, 'error');
  expect(error).toMatchObject({ code: 'SW_NETWORK', errno: 'ECONNRESET' });
  expect(duplex.destroyed).toBe(true);
});

test('destroySoon closes when all is sent, while the peer still sends', async () => {
  const { duplex, peer } = await pair();
  duplex.write(Buffer.alloc(3_000_000));
  duplex.destroySoon();
  peer.write('and');
  expect(await buffer(peer)).toHaveLength(3_000_000);
  expect(duplex.closed).toBe(true);
});

test('a timeout is said when nothing passes, and not before', async () => {
  const { duplex, peer } = await pair();
  duplex.resume();
  let timeouts = 0;
  duplex.setTimeout(40, () => timeouts++);
  // Round trips, each shorter than the timeout.
  for (let round = 0; round < 20; round++) {
    peer.write('x');
    await once(duplex, 'data');
  }
  expect(timeouts).toBe(0);
  await once(duplex, 'timeout');
  expect(timeouts).toBe(1);
  duplex.setTimeout(0);
});
