/**
 * Live captures are complete: every packet from the first to the last one, and no other. On the loopback interface, and in
 * network namespaces of their own; needs root.
 */
import { execFile, execFileSync } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CaptureSummary } from '../src/capture/capture-types.ts';
import { OwnTraffic } from '../src/capture/own-traffic.ts';
import { startCapture } from '../src/capture/start-capture.ts';
import { CaptureDecoder } from '../src/pcap/capture-decoder.ts';
import type { InterfaceDescription, InterfaceStatistics } from '../src/pcap/record-sink.ts';

const run = promisify(execFile);

let folder: string;
let file: string;
let receiver: Socket;
let port: number;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sensewire-capture-'));
  file = join(folder, 'live.pcapng');
  // Somebody is there, so that no answer says that nobody is.
  receiver = createSocket('udp4');
  await new Promise<void>(done => receiver.bind(0, '127.0.0.1', done));
  ({ port } = receiver.address());
});
afterEach(() => {
  receiver.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Captured {
  readonly packets: Uint8Array[];
  readonly linkTypes: number[];
  readonly interfaces: InterfaceDescription[];
  readonly statistics: InterfaceStatistics[];
}

function read(bytes: Uint8Array): Captured {
  const captured: Captured = { packets: [], linkTypes: [], interfaces: [], statistics: [] };
  const decoder = new CaptureDecoder({
    onPacket: record => {
      const { start, capturedLength } = record;
      captured.packets.push(record.bytes.slice(start, start + capturedLength));
      captured.linkTypes.push(record.linkType);
    },
    onInterface: one => captured.interfaces.push(one),
    onStatistics: one => captured.statistics.push(one),
  });
  decoder.push(bytes);
  decoder.end();
  expect(decoder.damage).toBeUndefined();
  return captured;
}

/** The numbers that datagrams of `sendNumbered` end with. */
const numbersIn = (packets: readonly Uint8Array[]): number[] =>
  packets.map(bytes => new DataView(bytes.buffer).getUint32(bytes.length - 4));

/** Datagrams with their number at the end, as fast as Python can; from another process, which this one does not slow down. */
async function sendNumbered(count: number): Promise<void> {
  const program = `
import socket, struct, sys
out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
out.connect(('127.0.0.1', ${port}))
for number in range(${count}):
    out.send(b'x' * 18 + struct.pack('>I', number))
`;
  await run('python3', ['-c', program]);
}

/** What another reader says of the file. */
const tshark = (...args: string[]): string =>
  execFileSync('tshark', ['-r', file, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe.each(['ring', 'tcpdump'] as const)('by %s', method => {
  test('everything from the first packet to the last one is in the file', async () => {
    // The buffer of both holds more than that, however busy the machine is.
    const count = method === 'ring' ? 20_000 : 5_000;
    const capture = startCapture({ interface: 'lo', filter: `udp dst port ${port}`, file, method });
    await capture.ready;
    await sendNumbered(count);
    const summary = await capture.stop();
    expect(summary).toMatchObject({ method, packets: count, accepted: count, drops: 0, linkType: 1 });
    expect([summary.start, summary.end]).toEqual(['sentinel', 'sentinel']);
    const { packets, interfaces, statistics } = read(readFileSync(file));
    expect(numbersIn(packets)).toEqual(upTo(count));
    expect(interfaces).toMatchObject([
      { name: 'lo', linkType: 1, filter: `udp dst port ${port}`, ticksPerSecond: 1_000_000_000n },
    ]);
    expect(statistics).toMatchObject([{ accepted: count, dropped: 0, osDropped: 0, delivered: count }]);
    expect(summary.fileBytes).toBe(readFileSync(file).length);
    // Another reader agrees.
    const shown = tshark('-q', '-z', 'io,stat,0');
    expect(shown).toMatch(new RegExp(`<> [0-9.]+ *\\| *${count} \\|`));
  });

  test('every interface at once: each packet once, cut where it is said', async () => {
    // Less than a sentinel has.
    const snapLength = 30;
    const capture = startCapture({ interface: 'any', filter: `udp port ${port}`, file, method, snapLength });
    await capture.ready;
    await sendNumbered(50);
    expect(await capture.stop()).toMatchObject({
      packets: 50,
      linkType: 276,
      start: 'sentinel',
      end: 'sentinel',
    });
    const { packets, linkTypes } = read(readFileSync(file));
    expect(packets.map(({ length }) => length)).toEqual(new Array(50).fill(snapLength));
    expect(new Set(linkTypes)).toEqual(new Set([276]));
    const fields = ['-T', 'fields', '-e', 'sll.etype', '-e', 'sll.hatype', '-e', 'sll.pkttype'];
    const shown = execFileSync('tshark', ['-r', file, ...fields], { encoding: 'utf8' })
      .trim()
      .split('\n');
    expect(new Set(shown)).toEqual(new Set(['0x0800\t772\t0']));
  });

  test('an interface that is not there leaves no file', async () => {
    const capture = startCapture({ interface: 'nowhere', file, method });
    await expect(capture.ready).rejects.toMatchObject({ code: 'SW_USAGE' });
    await expect(capture.stop()).rejects.toMatchObject({ code: 'SW_USAGE' });
    expect(existsSync(file)).toBe(false);
  });
});

test('a capture ends by itself after so many packets', async () => {
  const seen: number[] = [];
  const capture = startCapture({
    interface: 'lo',
    filter: `udp port ${port}`,
    count: 7,
    onPacket: ({ length }) => seen.push(length),
  });
  await capture.ready;
  await sendNumbered(20);
  expect(await capture.ended).toMatchObject({ packets: 7, fileBytes: 0 });
  expect(seen).toEqual(new Array(7).fill(64));
});

test('a capture of nothing is complete, too', async () => {
  const capture = startCapture({ interface: 'lo', filter: `udp port ${port}`, file });
  expect(await capture.stop()).toMatchObject({ packets: 0, drops: 0, start: 'sentinel', end: 'sentinel' });
  expect(read(readFileSync(file))).toMatchObject({ packets: [], interfaces: [{ name: 'lo' }] });
});

test('a filter that is replaced while packets come: each passes one of the two, once', async () => {
  const capture = startCapture({ interface: 'lo', filter: 'udp', file });
  await capture.ready;
  const numbers = 4_000;
  let isSending = true;
  const sending = sendNumbered(numbers).finally(() => {
    isSending = false;
  });
  for (let times = 0; isSending; times++) {
    expect(capture.refilter(times % 2 === 0 ? `udp port ${port}` : `udp dst port ${port} or tcp`)).toBe(true);
    await new Promise(done => setImmediate(done));
  }
  await sending;
  const { drops, end } = await capture.stop();
  expect({ drops, end }).toEqual({ drops: 0, end: 'sentinel' });
  const own = read(readFileSync(file)).packets.filter(
    bytes => new DataView(bytes.buffer).getUint16(36) === port,
  );
  expect(numbersIn(own)).toEqual(Array.from({ length: numbers }, (_, number) => number));
  expect(capture.refilter('udp')).toBe(false);
});

test('a disk without room ends the capture with what came before', async () => {
  const capture = startCapture({ interface: 'lo', filter: `udp port ${port}`, file: '/dev/full' });
  await expect(capture.ended).rejects.toMatchObject({ code: 'SW_STORE_FULL' });
});

describe('in a network of its own', () => {
  const child = (scenario: string): unknown => {
    const program = resolve(import.meta.dirname, 'capture-network-child.ts');
    const args = ['-n', process.execPath, program, scenario, file];
    return JSON.parse(execFileSync('unshare', args, { encoding: 'utf8' }));
  };

  test('VLAN tags that the kernel takes out are looked for, and put in again', () => {
    expect(child('vlan')).toMatchObject({ packets: 3, accepted: 3, drops: 0, start: 'sentinel' });
    const tags = read(readFileSync(file)).packets.map(bytes =>
      Buffer.from(bytes.subarray(12, 22)).toString('hex'),
    );
    expect(tags).toEqual(['8100600508004500001d', '88a80005810000070800', '88a80005810000070800']);
  });

  test('who listens at an address of this machine hears others over its interface, and itself over loopback', () => {
    expect(child('listen')).toMatchObject({ drops: 0, start: 'sentinel', end: 'sentinel' });
    const texts = read(readFileSync(file)).packets.map(bytes => Buffer.from(bytes.subarray(-4)).toString());
    // Both ends of the pair are in this network: what comes from away is seen leaving and coming.
    expect(texts.sort()).toEqual(['away', 'away', 'here']);
  });

  test('an interface that goes away ends the capture', () => {
    expect(child('down')).toMatchObject({
      code: 'SW_NETWORK',
      message: expect.stringContaining('went down'),
    });
    expect(read(readFileSync(file)).interfaces).toHaveLength(1);
  });
});

describe('exactly our own traffic', () => {
  const start = (address: { transport: 'tcp' | 'udp'; port: number }): Promise<OwnTraffic> =>
    OwnTraffic.start({ file, addresses: [{ host: '127.0.0.1', ...address }], application: 'test' });

  function ports(): [number, number][] {
    return read(readFileSync(file)).packets.map(bytes => {
      const view = new DataView(bytes.buffer);
      return [view.getUint16(34), view.getUint16(36)];
    });
  }

  /** Clients of another process, each of which says a word. */
  const others = (to: number, count: number): Promise<unknown> =>
    run('python3', [
      '-c',
      `import socket
for _ in range(${count}):
    with socket.create_connection(('127.0.0.1', ${to})) as one:
        one.sendall(b'other'); one.shutdown(socket.SHUT_WR); one.recv(9)`,
    ]);

  async function echoServer(): Promise<Server> {
    const server = createServer({ allowHalfOpen: true }, socket => socket.pipe(socket));
    await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
    return server;
  }

  const portOf = (server: Server): number => (server.address() as { port: number }).port;

  test('of a client: its connection from SYN to the last ACK, and no other', async () => {
    const server = await echoServer();
    const traffic = await start({ transport: 'tcp', port: portOf(server) });
    const both = others(portOf(server), 5);
    const socket = connect(portOf(server), '127.0.0.1');
    socket.resume().end('mine');
    const local = await new Promise<number | undefined>(done =>
      socket.once('connect', () => done(socket.localPort)),
    );
    await new Promise(done => socket.once('close', done));
    await both;
    const summary: CaptureSummary = await traffic.stop();
    server.close();
    expect(ports().every(pair => pair.includes(local as number))).toBe(true);
    const flags = read(readFileSync(file)).packets.map(bytes => bytes[47]);
    // SYN, SYN ACK, ACK; at the end the ACK of the last FIN.
    expect(flags.slice(0, 3)).toEqual([0x02, 0x12, 0x10]);
    expect(flags.filter(flag => ((flag as number) & 1) !== 0)).toHaveLength(2);
    expect(flags.at(-1)).toBe(0x10);
    expect(summary.packets).toBe(flags.length);
  });

  test('of a client that is refused: what it tried', async () => {
    const closed = await echoServer();
    const free = portOf(closed);
    await new Promise(done => closed.close(done));
    const traffic = await start({ transport: 'tcp', port: free });
    await new Promise(done => connect(free, '127.0.0.1').once('error', done));
    await traffic.stop();
    expect(read(readFileSync(file)).packets.map(bytes => bytes[47])).toEqual([0x02, 0x14]);
  });

  test('of a server: every client of it, and nobody who speaks with others', async () => {
    const other = await echoServer();
    const traffic = await start({ transport: 'tcp', port: 0 });
    const server = await echoServer();
    traffic.settle();
    const late = await echoServer();
    await Promise.all([others(portOf(server), 3), others(portOf(other), 3), others(portOf(late), 3)]);
    const own = portOf(server);
    for (const one of [server, other, late]) one.close();
    await traffic.stop();
    expect(ports().every(pair => pair.includes(own))).toBe(true);
    expect(new Set(ports().flat()).size).toBe(1 + 3);
  });

  test('of a server whose port was not known: once it is, the kernel lets no other in', async () => {
    const other = await echoServer();
    const traffic = await start({ transport: 'tcp', port: 0 });
    const server = await echoServer();
    traffic.settle();
    await Promise.all([others(portOf(server), 2), others(portOf(other), 20)]);
    for (const one of [server, other]) one.close();
    const { accepted, packets } = await traffic.stop();
    expect(packets).toBeGreaterThan(10);
    expect(accepted).toBe(packets);
  });

  test('of datagrams: both ways, and what ICMP says of them', async () => {
    const traffic = await start({ transport: 'udp', port });
    await sendNumbered(3);
    const socket = createSocket('udp4');
    socket.on('error', () => undefined);
    await new Promise(done => socket.send('mine', port, '127.0.0.1', done));
    const own = socket.address().port;
    receiver.send('answer', own, '127.0.0.1');
    await new Promise(done => socket.once('message', done));
    socket.close();
    await traffic.stop();
    expect(ports()).toEqual([
      [own, port],
      [port, own],
    ]);
  });

  test('a path has no interface', async () => {
    const unix = [{ transport: 'unix', path: '/tmp/x' }] as const;
    await expect(OwnTraffic.start({ file, addresses: unix, application: 'test' })).rejects.toMatchObject({
      code: 'SW_USAGE',
    });
  });
});
