/**
 * `sensewire serve` with the clients that everybody has, and with those that nobody wants.
 */
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dropsAtPort } from '../../src/sockettable/own-port.ts';
import { endAll, type JsonLine, Run } from '../cli-process.ts';
import { endPrograms, isInstalled, runProgram } from './programs.ts';

let folder: string;
const sockets: Socket[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sensewire-serve-'));
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  endPrograms();
  await endAll();
  rmSync(folder, { recursive: true, force: true });
});

async function serve(...args: string[]): Promise<{ run: Run; port: string; ports: string[] }> {
  const listen = args.includes('--listen') ? [] : ['--listen', 'tcp://127.0.0.1:0'];
  const run = new Run(['serve', ...args, ...listen, '--json']);
  const ports = (await run.urls()).map(url => new URL(url).port);
  return { run, port: ports[0] as string, ports };
}

async function summaryOf(run: Run, signal: NodeJS.Signals = 'SIGTERM'): Promise<JsonLine> {
  run.kill(signal);
  expect(await run.exit).toBe(0);
  return run.json.at(-1) as JsonLine;
}

/** A socket of Node.js at a port of this machine. */
async function stranger(port: string): Promise<Socket> {
  const socket = connect(Number(port), '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

describe.skipIf(!isInstalled('ncat'))('ncat', () => {
  test('hears its echo over TCP, IPv6 and a Unix socket, until it ends', async () => {
    const path = join(folder, 'echo');
    const listen = ['tcp://127.0.0.1:0', 'tcp://[::1]:0', `unix:${path}`].flatMap(url => ['--listen', url]);
    const { run, ports } = await serve('echo', ...listen);
    const input = randomBytes(1_000_000);
    for (const to of [
      ['127.0.0.1', ports[0]],
      ['::1', ports[1]],
      ['-U', path],
    ] as [string, string][]) {
      const { code, bytes } = await runProgram('ncat', to, { input });
      expect([code, bytes.equals(input)]).toEqual([0, true]);
    }
    expect(await summaryOf(run)).toMatchObject({ connections: 3, bytes_in: 3_000_000, bytes_out: 3_000_000 });
    expect(existsSync(path)).toBe(false);
  });
});

describe.skipIf(!isInstalled('socat'))('socat', () => {
  test('talks to services at Unix sockets', async () => {
    const at = (name: string): string => join(folder, name);
    await serve('upper', '--listen', `unix:${at('upper')}`);
    await serve('greet', '--listen', `unix:${at('greet')}`);
    await serve('chat', '--listen', `unix:${at('chat')}`);
    const talk = async (name: string, input: string): Promise<string> =>
      (await runProgram('socat', ['-', `UNIX-CONNECT:${at(name)}`], { input })).out;
    expect(await talk('upper', 'größe\nmore\n')).toBe('GRÖSSE\n');
    expect(await talk('greet', '')).toBe('Thank you for connecting');
    expect(await talk('chat', 'one\ntwo\nbye\nthree\n')).toBe('one\ntwo\n');
  });

  test('is let go from the chat by its bye, while its own input is still open', async () => {
    const { port } = await serve('chat');
    // It ends a moment after the server has closed.
    const { code, out } = await runProgram('socat', ['-t0.1', '-', `TCP:127.0.0.1:${port}`], {
      input: 'hello\r\nbye\r\n',
      holdsOpen: true,
    });
    expect({ code, out }).toEqual({ code: 0, out: 'hello\r\n' });
  });

  test('hears its echo over UDP, over IPv4 and IPv6', async () => {
    const { run, ports } = await serve('echo', '--listen', 'udp://127.0.0.1:0', '--listen', 'udp://[::1]:0');
    for (const to of [`UDP4:127.0.0.1:${ports[0]}`, `UDP6:[::1]:${ports[1]}`]) {
      // It ends once nothing came for so long after its input ended.
      expect((await runProgram('socat', ['-t0.3', '-', to], { input: 'over UDP' })).out).toBe('over UDP');
    }
    expect(await summaryOf(run)).toMatchObject({
      peers: 2,
      datagrams_in: 2,
      datagrams_out: 2,
      bytes_out: 16,
    });
  });

  test('sends a struct to a Unix socket', async () => {
    const path = join(folder, 'struct');
    const { run } = await serve('struct', '>hh', '--listen', `unix:${path}`);
    await runProgram('socat', ['-u', '-', `UNIX-CONNECT:${path}`], {
      input: Buffer.from('0001fffe05', 'hex'),
    });
    await run.event('disconnected');
    expect(await run.event('record')).toMatchObject({
      peer: `unix:${path}#1`,
      hex: '0001fffe',
      values: [1, -2],
    });
    expect(await run.event('error')).toMatchObject({ message: expect.stringContaining('the last 1 bytes') });
    expect(await summaryOf(run)).toMatchObject({ records: 1, errors: 1 });
  });
});

describe('an address that cannot be had', () => {
  test.each(['tcp', 'udp'])('in use over %s: the message names the process', async transport => {
    const { run, port } = await serve('echo', '--listen', `${transport}://127.0.0.1:0`);
    const second = new Run(['serve', 'echo', '--listen', `${transport}://127.0.0.1:${port}`]);
    expect(await second.exit).toBe(1);
    expect(second.err.join('\n')).toMatch(
      new RegExp(`${port} is in use by ".*" \\(process ${run.child.pid}\\): stop that program`),
    );
  });

  // Root may use every port, so an ordinary user's process has to try.
  const lowest = Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'));
  test.skipIf(process.getuid?.() !== 0 || lowest < 2)('is explained to an ordinary user', async () => {
    const port = Math.min(lowest, 1024) - 1;
    const run = new Run(['serve', 'chat', '--listen', `tcp://127.0.0.1:${port}`], { uid: 65_534, cwd: '/' });
    expect(await run.exit).toBe(1);
    expect(run.err.join('\n')).toMatch(/ports below 1024 are reserved.*use a port from 1024 on/);
  });

  test('leaves nothing listening where a later one fails', async () => {
    const path = join(folder, 'first');
    const run = new Run(['serve', 'echo', '--listen', `unix:${path}`, '--listen', 'tcp://192.0.2.1:1']);
    expect(await run.exit).toBe(1);
    expect(existsSync(path)).toBe(false);
  });
});

describe('a client that', () => {
  test('resets is counted, and the others are served on', async () => {
    const { run, port } = await serve('echo');
    const [rude, other] = [await stranger(port), await stranger(port)];
    await run.event('connected', 2);
    rude.resetAndDestroy();
    expect(await run.event('disconnected')).toMatchObject({
      error: 'SW_NETWORK',
      reason: 'the client broke off (ECONNRESET)',
    });
    other.write('still here');
    expect(String((await once(other, 'data'))[0])).toBe('still here');
    expect(await summaryOf(run)).toMatchObject({ connections: 2, errors: 1 });
  });

  test('never reads costs neither memory nor the others', async () => {
    const { run, port } = await serve('echo');
    const peakKiB = (): number =>
      Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${run.child.pid}/status`, 'utf8'))?.[1]);
    const other = await stranger(port);
    other.write('first');
    await once(other, 'data');
    const before = peakKiB();
    const more = Buffer.alloc(20_000_000);
    for (let count = 0; count < 20; count++) (await stranger(port)).write(more);
    await run.event('connected', 21);
    // The server reads of the others what it can while this one has its echo a thousand times.
    for (let count = 0; count < 1_000; count++) {
      other.write(`message ${count}`);
      expect(String((await once(other, 'data'))[0])).toBe(`message ${count}`);
    }
    // 400 MB are on their way. In each connection a piece of 64 KiB may wait each way; the rest is garbage not yet collected.
    expect(peakKiB() - before).toBeLessThan(128 * 1_024);
    expect(await summaryOf(run)).toMatchObject({ connections: 21 });
  });
});

test('what finds the queue full is counted: received and dropped are all that was sent', async () => {
  const { run, port } = await serve('struct', '=I', '--listen', 'udp://127.0.0.1:0');
  const socket = createSocket('udp4');
  try {
    run.kill('SIGSTOP');
    // More than any kernel's usual limit of a queue (net.core.rmem_max) holds with what each datagram costs beside its bytes.
    const sent = 20_000;
    for (let number = 0; number < sent; number++) {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32LE(number);
      await new Promise(done => socket.send(bytes, Number(port), '127.0.0.1', done));
    }
    const drops = dropsAtPort(Number(port));
    expect(drops).toBeGreaterThan(0);
    run.kill('SIGCONT');
    await run.event('record', sent - drops);
    expect(await summaryOf(run)).toMatchObject({
      records: sent - drops,
      datagrams_in: sent - drops,
      kernel_drops: drops,
      dropped: 0,
    });
  } finally {
    socket.close();
  }
});

describe('the command', () => {
  test('says where it listens first, and sums up last, on SIGINT', async () => {
    const { run, port } = await serve('greet');
    const client = await stranger(port);
    await once(client.resume(), 'end');
    const summary = await summaryOf(run, 'SIGINT');
    expect(run.json[0]).toEqual({ event: 'listening', service: 'greet', urls: [`tcp://127.0.0.1:${port}`] });
    expect(summary).toMatchObject({ event: 'summary', connections: 1, bytes_in: 0, bytes_out: 24, peers: 0 });
    expect(run.err.at(-1)).toMatch(/^− tcp:/);
  });

  test('gives open connections a moment at the end, and no more', async () => {
    const { run, port } = await serve('echo');
    const client = await stranger(port);
    client.write('last words');
    await once(client, 'data');
    run.kill('SIGTERM');
    // It is told that the server is done, and may end too; then nobody has to wait.
    await once(client, 'end');
    expect(await run.exit).toBe(0);
    expect(await run.event('disconnected')).toMatchObject({ reason: 'the server ended', bytes_out: 10 });
  });

  test('ends by itself after its count or its time, quietly where it is told to', async () => {
    const counted = await serve('greet', '--count', '1', '-q');
    const client = await stranger(counted.port);
    client.resume();
    expect(await counted.run.exit).toBe(0);
    expect(counted.run.err).toEqual([]);
    const timed = new Run(['serve', 'echo', '--listen', 'tcp://127.0.0.1:0', '--for', '50ms']);
    expect(await timed.exit).toBe(0);
    expect(timed.out).toEqual([expect.stringMatching(/^echo: 0 connections: 0 B in, 0 B out in /)]);
  });

  test('refuses and closes as it is told, with a message at both ends', async () => {
    const { run, port } = await serve('chat', '--most-connections', '1', '--idle', '100ms');
    const first = await stranger(port);
    const second = await stranger(port);
    expect(String((await once(second, 'data'))[0])).toMatch(/^sensewire: this server is full \(at most 1\)/);
    expect(String((await once(first, 'data'))[0])).toBe('sensewire: closed: silent for 100 ms\n');
    expect(await run.event('disconnected')).toMatchObject({ reason: 'silent for 100 ms' });
    expect(await summaryOf(run)).toMatchObject({ connections: 1, refused: 1, errors: 0 });
  });

  test('ends a connection that was there for its lifetime, with a message at both ends', async () => {
    const { run, port } = await serve('chat', '--lifetime', '100ms');
    const message = 'open for 100 ms, which is the longest here';
    expect(String((await once(await stranger(port), 'data'))[0])).toBe(`sensewire: closed: ${message}\n`);
    expect(await run.event('disconnected')).toMatchObject({ reason: message });
    expect(await summaryOf(run)).toMatchObject({ connections: 1, errors: 0 });
  });

  test('counts one error as one', async () => {
    const run = new Run(['serve', 'echo', '--listen', 'tcp://127.0.0.1:0', '--count', '1']);
    await run.until(() => run.err.length > 0);
    const client = await stranger(new URL(run.err[0]?.split(' ')[1] ?? '').port);
    await run.until(() => run.err.length > 1);
    client.resetAndDestroy();
    expect(await run.exit).toBe(0);
    expect(run.out[1]).toBe('  1 error: connections that broke off, and what clients did wrong');
  });

  test.each([
    [['serve'], /missing required argument 'name'/],
    [['serve', 'chess'], /no service "chess": choose one of echo, upper, greet, chat, struct, http/],
    [['serve', 'echo', 'loud'], /serve echo takes no argument, and "loud" came after it/],
    [['serve', 'struct'], /needs the format of its records: sensewire serve struct '=iif'/],
    [['serve', 'struct', 'zz'], /z/],
    [['serve', 'greet', '--udp'], /greet speaks first/],
    [['serve', 'chat', '--listen', 'udp://127.0.0.1:0'], /chat keeps each client/],
    [['serve', 'http', '--listen', 'udp://127.0.0.1:0'], /HTTP\/1.1 is spoken over streams/],
    [['serve', 'echo', '--udp', '--listen', 'tcp://127.0.0.1:0'], /do not go together/],
    [['serve', 'echo', '--idle', 'long'], /--idle.*"long"/],
    [['serve', 'echo', '--idle', '0s'], /--idle takes a time above 0, such as 30s/],
    [['serve', 'echo', '--lifetime', '0'], /--lifetime takes a time above 0/],
    [['serve', 'echo', '--listen', 'tcp://[::1]:9', '--listen', 'tcp://[::1]:9'], /are one address/],
  ])('refuses %j as wrong usage', async (args, message) => {
    const run = new Run(args);
    expect(await run.exit).toBe(2);
    expect(run.err.join('\n')).toMatch(message);
    expect(run.out).toEqual([]);
  });
});
