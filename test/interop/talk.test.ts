/**
 * `sensewire talk` as a child process: against Python's servers, ncat, socat and servers of Node.js, from pipes and from a
 * terminal. Peers that are not installed, or not in this checkout, are skipped.
 */
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BIN, endAll, Run, type RunOptions } from '../cli-process.ts';
import { HAS_PEERS, isInstalled } from './programs.ts';
import { endPeers, PSEUDO_TERMINAL, pipeThrough, startPeer, startPython, Terminal } from './talk-peers.ts';

let folder: string;
const ending: (() => void)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sensewire-talk-'));
});
afterEach(async () => {
  for (const end of ending.splice(0)) end();
  await endAll();
  await endPeers();
  rmSync(folder, { recursive: true, force: true });
});

const talk = (args: readonly string[], options?: RunOptions): Run => new Run(['talk', ...args], options);

/** Runs `talk` to its end; `input` '' is an empty standard input, undefined one that stays open. */
async function finish(
  args: readonly string[],
  options: RunOptions = { input: '' },
): Promise<{ code: unknown; out: string[]; err: string[]; run: Run }> {
  const run = talk(args, options);
  const code = await run.exit;
  return { code, out: run.out, err: run.err, run };
}

const echo = (socket: Socket): void => void socket.pipe(socket);

/** A server of Node.js, and its address. */
async function serve(onSocket: (socket: Socket) => void, path?: string): Promise<string> {
  const server = createServer({ allowHalfOpen: true }, socket => {
    ending.push(() => socket.destroy());
    socket.on('error', () => undefined);
    onSocket(socket);
  });
  server.listen(path === undefined ? { host: '127.0.0.1', port: 0 } : { path });
  await once(server, 'listening');
  ending.push(() => server.close());
  return path === undefined ? `tcp://127.0.0.1:${(server.address() as AddressInfo).port}` : `unix:${path}`;
}

describe.skipIf(!HAS_PEERS)("against Python's servers", () => {
  test('Hello, world once, and a thousand times in a row', async () => {
    const url = `tcp://127.0.0.1:${await startPython('echo_tcp_server.py', '127.0.0.1', '0')}`;
    const once_ = await finish([url, '--text', 'Hello, world']);
    expect([once_.code, once_.out]).toEqual([0, ['Hello, world']]);
    const many = await finish([url, '--text', 'Hello, world', '--count', '1000', '--json']);
    const lines = many.run.json;
    expect(lines.filter(({ event }) => event === 'received').length).toBe(1_000);
    expect([many.code, lines.at(-1)]).toMatchObject([
      0,
      { event: 'summary', ended: 'done', sent: 1_000, answers: 1_000, lost: 0, sent_bytes: 12_000 },
    ]);
    expect(lines.at(-1)).toHaveProperty('rtt_ms.p99', expect.any(Number));
  });

  test('datagrams, echoed and in capitals', async () => {
    const port = await startPython('udp_server.py', 'echo', '127.0.0.1', '0');
    const loop = await finish([`udp://127.0.0.1:${port}`, '--count', '1000']);
    expect([loop.code, loop.out]).toEqual([0, Array(1_000).fill('Hello, world')]);
    const upper = await startPython('udp_server.py', 'upper', '127.0.0.1', '0');
    const lines = await finish([`udp://127.0.0.1:${upper}`], { input: 'one\ntwo\nthree\n' });
    expect([lines.code, lines.out]).toEqual([0, ['ONE', 'TWO', 'THREE']]);
  });

  test('256 MB from a pipe come back as they were, in bounded memory', async () => {
    const url = `tcp://127.0.0.1:${await startPython('echo_tcp_server.py', '127.0.0.1', '0')}`;
    const block = randomBytes(2 ** 20);
    const blocks = Array<Buffer>(256).fill(block);
    const digest = createHash('sha256');
    for (const one of blocks) digest.update(one);
    const { code, bytes, sha256, peakBytes } = await pipeThrough([url, '-q'], Readable.from(blocks));
    expect([code, bytes, sha256]).toEqual([0, blocks.length * block.length, digest.digest('hex')]);
    expect(peakBytes).toBeGreaterThan(20 * 2 ** 20);
    expect(peakBytes).toBeLessThan(200 * 2 ** 20);
  }, 120_000);
});

describe('against ncat and socat', () => {
  test.skipIf(!isInstalled('socat'))('a Unix socket of socat, with every byte there is', async () => {
    const path = join(folder, 'echo.sock');
    await startPeer('socat', ['-d', '-d', `UNIX-LISTEN:${path},fork`, 'EXEC:cat'], /listening on/);
    const bytes = randomBytes(10 * 2 ** 20);
    const { code, sha256 } = await pipeThrough([`unix:${path}`], Readable.from([bytes]));
    expect([code, sha256]).toEqual([0, createHash('sha256').update(bytes).digest('hex')]);
  });

  test.skipIf(!isInstalled('socat'))('TCP over IPv6', async () => {
    const port = await startPeer(
      'socat',
      ['-d', '-d', 'TCP6-LISTEN:0,bind=[::1],fork', 'EXEC:cat'],
      /listening on .*:(\d+)/,
    );
    const { code, out } = await finish([`tcp://[::1]:${port}`, '--text', 'over IPv6', '--half-close']);
    expect([code, out]).toEqual([0, ['over IPv6']]);
  });

  test.skipIf(!isInstalled('ncat'))('TCP with ncat', async () => {
    const free = createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const { port } = free.address() as AddressInfo;
    free.close();
    await once(free, 'close');
    await startPeer('ncat', ['-v', '-l', '-k', '-e', '/bin/cat', '127.0.0.1', String(port)], /Listening on/);
    // Not from a pipe: where our half ends, ncat throws away what its cat still has to say.
    const { code, out } = await finish([`tcp://127.0.0.1:${port}`, '--text', 'to ncat', '--count', '20']);
    expect([code, out]).toEqual([0, Array(20).fill('to ncat')]);
  });
});

describe('from a pipe', () => {
  test('a line that says end is a line, and no line end is added', async () => {
    const text = Buffer.from('one\nend\nthree\0\xff', 'latin1');
    const { code, bytes, sha256 } = await pipeThrough([await serve(echo)], Readable.from([text]));
    expect([code, bytes, sha256]).toEqual([0, text.length, createHash('sha256').update(text).digest('hex')]);
  });

  test('lines with --eol end as it says, and end leaves', async () => {
    const { code, out } = await finish([await serve(echo), '--eol', 'crlf', '--json'], {
      input: 'one\ntwo\nend\nthree\n',
    });
    const received = out.map(line => JSON.parse(line) as { text?: string }).map(({ text = '' }) => text);
    expect([code, 'one\r\ntwo\r\n'.startsWith(received.join(''))]).toEqual([0, true]);
    expect(out.at(-1)).toContain('"sent_bytes":10');
  });

  test('a server that only greets ends it, though standard input stays open', async () => {
    const url = await serve(socket => socket.end('Thank you for connecting'));
    const { code, out, err } = await finish([url], {});
    expect([code, out]).toEqual([0, ['Thank you for connecting']]);
    expect(err).toContain('the server closed the connection');
  });

  test('a server that breaks the connection off is a failure', async () => {
    const url = await serve(socket => void socket.once('data', () => socket.resetAndDestroy()));
    const { code, err } = await finish([url], { input: 'x' });
    expect([code, err.at(-1)]).toEqual([1, expect.stringMatching(/broke the connection off/)]);
  });

  test('a server that does not close in time is a failure only where a time was given', async () => {
    const url = await serve(socket => void socket.resume());
    const { code, err } = await finish([url, '--timeout', '50ms'], { input: 'x' });
    expect([code, err.at(-1)]).toEqual([1, expect.stringMatching(/neither sent more nor closed/)]);
    const open = await finish([url, '--timeout', '50ms', '--no-half-close'], { input: 'x' });
    expect(open.code).toBe(0);
  });

  test('SIGINT and --for end it with the summary', async () => {
    const url = await serve(echo);
    const run = talk([url, '--json']);
    await run.event('connected');
    run.child.stdin?.write('hello');
    await run.event('received');
    run.kill('SIGINT');
    expect(await run.exit).toBe(0);
    expect(run.json.at(-1)).toMatchObject({ event: 'summary', ended: 'stopped', sent_bytes: 5 });
    const timed = await finish([url, '--for', '50ms', '--json'], {});
    expect([timed.code, timed.run.json.at(-1)]).toMatchObject([0, { event: 'summary', ended: 'stopped' }]);
  });

  test('what a server does not take is said, and a failure', async () => {
    const url = await serve(socket => void socket.pause());
    const input = 'x'.repeat(20 * 2 ** 20);
    const quiet = await finish([url, '--for', '300ms', '-q'], { input });
    expect([quiet.code, quiet.err]).toEqual([
      1,
      [expect.stringMatching(/at least [\d,]+ bytes not sent: the system did not take them/)],
    ]);
    const { code, run } = await finish([url, '--for', '300ms', '--json'], { input });
    expect([code, run.json.at(-1)]).toMatchObject([1, { ended: 'stopped', unsent_bytes: 65_536 }]);
    expect(run.json.at(-1)?.seconds).toBeGreaterThanOrEqual(0.2);
  });

  test('a reader that has enough ends it', async () => {
    const url = await serve(socket => {
      const more = (): void => {
        while (!socket.destroyed && socket.write('a line of it\n'));
      };
      socket.on('drain', more);
      more();
    });
    const run = talk([url]);
    await run.until(() => run.out.length > 0);
    run.child.stdout?.destroy();
    expect(await run.exit).toBe(0);
  });
});

describe('texts', () => {
  test('--half-close reads the rest of the answer', async () => {
    const url = await serve(socket => {
      let got = '';
      socket.on('data', (bytes: Buffer) => {
        got += bytes.toString();
      });
      socket.on('end', () => socket.end(`you said ${got}, and that was all`));
    });
    const { code, out } = await finish([url, '--text', 'hello', '--half-close']);
    expect([code, out]).toEqual([0, ['you said hello, and that was all']]);
  });

  test('answers that do not come are counted, and a failure', async () => {
    const url = await serve(socket => void socket.resume());
    const { code, err } = await finish([url, '--count', '2', '--timeout', '20ms']);
    expect([code, err.at(-1)]).toEqual([1, expect.stringContaining('2 answers did not come within 20 ms')]);
    const quiet = await finish([url, '--count', '2', '--timeout', '20ms', '-q']);
    expect([quiet.code, quiet.err]).toEqual([1, [expect.stringContaining('2 answers did not come')]]);
    const stopped = await finish([url, '--count', '2', '--for', '200ms', '-q']);
    expect([stopped.code, stopped.err]).toEqual([1, [expect.stringContaining('1 answer missing')]]);
  });

  test('answers are lines, those to --data are exact', async () => {
    const url = await serve(echo);
    const bytes = async (...args: string[]): Promise<string> => {
      const run = talk([url, ...args, '--count', '2'], { input: '' });
      const got: Buffer[] = [];
      run.child.stdout?.on('data', (piece: Buffer) => got.push(piece));
      await run.exit;
      return Buffer.concat(got).toString('hex');
    };
    expect(await bytes('--text', 'a')).toBe('610a610a');
    expect(await bytes('--text', 'a', '--raw')).toBe('6161');
    expect(await bytes('--data', '01 02')).toBe('01020102');
  });

  test('a lost datagram is counted, and the loop goes on', async () => {
    const peer = createSocket('udp4');
    let number = 0;
    peer.on('message', (bytes, from) => {
      if (++number !== 500) peer.send(bytes, from.port, from.address);
    });
    peer.bind(0, '127.0.0.1');
    await once(peer, 'listening');
    ending.push(() => peer.close());
    const url = `udp://127.0.0.1:${peer.address().port}`;
    const { code, out, err } = await finish([url, '--count', '1000', '--timeout', '200ms']);
    expect([code, out.length]).toEqual([1, 999]);
    expect(err).toContainEqual(expect.stringContaining('1 answer did not come within 200 ms'));
  });

  test('--data and --hex show bytes both ways', async () => {
    const { code, out } = await finish([await serve(echo), '--data', '01 04 ff', '--hex']);
    expect(code).toBe(0);
    expect(out.map(line => line.replace(/ +/g, ' '))).toEqual([
      '> 00000000 01 04 ff |...|',
      '< 00000000 01 04 ff |...|',
    ]);
  });
});

describe('--listen', () => {
  test('takes datagrams of at most --size bytes, and says from whom', async () => {
    const run = talk(['--listen', 'udp://127.0.0.1:0', '--size', '512', '--count', '2', '--json']);
    const [url] = await run.urls();
    expect((await finish([url as string, '--text', 'x'.repeat(600), '--timeout', '0s'])).code).toBe(0);
    expect((await finish([url as string], { input: '\n' })).code).toBe(0);
    expect(await run.exit).toBe(0);
    expect(run.json.slice(1)).toMatchObject([
      { event: 'received', bytes: 512, from: expect.stringMatching(/^udp:\/\/127\.0\.0\.1:\d+$/) },
      { event: 'received', bytes: 0, text: '' },
      { event: 'summary', received: 2, truncated: 1 },
    ]);
  });

  test('takes connections one after another, each whole', async () => {
    const run = talk(['--listen', 'tcp://127.0.0.1:0', '--count', '2', '--json']);
    const [url] = await run.urls();
    const port = Number(new URL(url as string).port);
    const first = createConnection(port, '127.0.0.1');
    ending.push(() => first.destroy());
    await run.event('connected');
    const second = createConnection(port, '127.0.0.1');
    ending.push(() => second.destroy());
    await run.event('waits');
    second.end('second');
    first.write('first');
    await run.event('received');
    first.end(' to its end');
    expect(await run.exit).toBe(0);
    const texts = run.json.flatMap(line => ('text' in line ? [line.text] : []));
    expect(texts.join('')).toBe('first to its endsecond');
    expect(run.json.at(-1)).toMatchObject({ event: 'summary', connections: 2, broken: 0 });
  });

  test('gives the bytes of a connection as they are', async () => {
    const receiver = talk(['--listen', `unix:${join(folder, 'in.sock')}`, '--count', '1'], { input: '' });
    await receiver.until(() => receiver.err.length > 0);
    const { code } = await finish([`unix:${join(folder, 'in.sock')}`], { input: 'one\ntwo' });
    expect([code, await receiver.exit, receiver.out]).toEqual([0, 0, ['one', 'two']]);
  });

  test('a taken port says who holds it', async () => {
    const run = talk(['--listen', 'udp://127.0.0.1:0', '--json']);
    const [url] = await run.urls();
    const { code, err } = await finish(['--listen', url as string]);
    expect([code, err.at(-1)]).toEqual([1, expect.stringMatching(/is in use/)]);
  });
});

describe.skipIf(!isInstalled(PSEUDO_TERMINAL))('from a terminal', () => {
  test('lines go with their ends, and end leaves', async () => {
    const got: string[] = [];
    const url = await serve(socket => {
      socket.on('data', (bytes: Buffer) => {
        got.push(bytes.toString());
        socket.write(bytes.toString().toUpperCase());
      });
    });
    const terminal = new Terminal(url);
    await terminal.until('type lines');
    terminal.type('hello\r');
    await terminal.until('HELLO');
    terminal.type('end\r');
    expect(await terminal.exit).toBe(0);
    expect(got).toEqual(['hello\n']);
  });

  test('Ctrl-D ends sending, Ctrl-C ends at once, control characters do not reach the terminal', async () => {
    const url = await serve(socket => {
      socket.write('\x1b[2Jcleared?\n');
      socket.on('data', () => undefined);
      socket.on('end', () => socket.end('good bye\n'));
    });
    const first = new Terminal(url);
    await first.until('\\x1b[2Jcleared?');
    first.type('\x04');
    expect(await first.exit).toBe(0);
    expect(first.shown).toContain('good bye');
    expect(first.shown).not.toContain('\x1b[2J');
    const second = new Terminal(url);
    await second.until('cleared?');
    second.type('half a line\x03');
    expect(await second.exit).toBe(0);
    expect(second.shown).toContain('sent 0 bytes');
  });

  test('a line that is being typed stays whole while an answer comes', async () => {
    const connected = Promise.withResolvers<Socket>();
    const terminal = new Terminal(await serve(connected.resolve));
    const socket = await connected.promise;
    await terminal.until('type lines');
    terminal.type('half');
    await terminal.until('half');
    socket.write('login: ');
    await terminal.until('login: half');
    socket.write('and the rest\n');
    await terminal.until('login: and the rest\r\n');
    const got = once(socket, 'data');
    terminal.type(' and half\rend\r');
    expect(String((await got)[0])).toBe('half and half\n');
    expect(await terminal.exit).toBe(0);
  });
});

/** A network of its own that swallows what is sent to 192.0.2.0/24: the loopback interface knows no such address. */
const BLACK_HOLE = 'ip link set lo up && ip route add 192.0.2.0/24 dev lo && exec "$@"';
const NAMESPACE = ['--map-root-user', '--net', 'sh', '-c', BLACK_HOLE, 'sh'];

// It needs root, or user namespaces.
describe.skipIf(!isInstalled('unshare'))('into a black hole', () => {
  const reach = (...args: string[]): { status: number | null; stdout: string; stderr: string } =>
    spawnSync('unshare', [...NAMESPACE, process.execPath, BIN, 'talk', 'tcp://192.0.2.2:50007', ...args], {
      input: 'x',
      encoding: 'utf8',
    });

  test('it was never connected, and says so', () => {
    const { status, stdout, stderr } = reach('--for', '200ms', '--json');
    expect([status, stderr]).toEqual([
      1,
      'error never connected to tcp://192.0.2.2:50007: the time of --for was over first\n',
    ]);
    const summary = JSON.parse(stdout) as { seconds: number };
    expect(summary).toMatchObject({ event: 'summary', ended: 'failed', sent_bytes: 0 });
    expect(summary.seconds).toBeGreaterThanOrEqual(0.1);
  });

  test('--timeout limits connecting, too', () => {
    const { status, stderr } = reach('--timeout', '200ms');
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(/^error tcp:.* did not answer within 200 ms: check the address/),
    ]);
  });
});

describe('usage', () => {
  test.each([
    [['tcp://127.0.0.1', '--text', 'a', '--data', '00'], /give one of them/],
    [['udp://127.0.0.1', '--half-close'], /datagrams have no end/],
    [['tcp://127.0.0.1', '--ttl', '1'], /for udp/],
    [['--listen', 'udp://127.0.0.1', '--text', 'a'], /only receives/],
    [['tcp://127.0.0.1', '--text', ''], /nothing to send/],
    [['tcp://127.0.0.1', '--data', 'xyz'], /not hexadecimal/],
    [['udp://127.0.0.1', '--size', '9'], /--size is for/],
    [['udp://127.0.0.1', '--raw', '--size', '70000'], /from 1 to 65507/],
    [['tcp://*:50007'], /address to listen at/],
    [['127.0.0.1:50007'], /is not an address: did you mean tcp:\/\/127\.0\.0\.1:50007\?/],
    [['./echo.sock'], /did you mean unix:\.\/echo\.sock\?/],
    [['no where/'], /is not an address/],
  ])('%j is refused', async (args, message) => {
    const { code, err } = await finish(args);
    expect([code, err.join('\n')]).toEqual([2, expect.stringMatching(message)]);
  });

  test('a port where nobody listens fails with advice', async () => {
    const url = await serve(echo);
    for (const end of ending.splice(0)) end();
    const { code, err } = await finish([url]);
    expect([code, err.at(-1)]).toEqual([1, expect.stringMatching(/nobody listens at .*ECONNREFUSED/)]);
  });
});
