/**
 * The file server over real sockets, spoken to byte by byte.
 */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { parseAddress, type StreamAddress } from '../../socket/address.ts';
import type { Listener } from '../../socket/connection.ts';
import { listenForSockets } from '../../socket/dial.ts';
import { SeededRandom } from '../../testing/seeded-random.ts';
import type { Conversation } from '../service.ts';
import { httpService, type RequestRecord } from './http-service.ts';
import { MOST_HEAD_BYTES, MOST_LISTED, MOST_REQUESTS } from './limits.ts';

const OLD = new Date('2026-01-02T03:04:05.678Z');
const EVIL = '<img src=x onerror="alert(1)">&.txt';
/** More than kernel and streams hold of one connection. */
const LARGE_BYTES = 64 * 1_048_576;

let base: string;
let root: string;
let listener: Listener;
let port: number;
let begun = 0;
/** How the service ended for each connection, in the order of their ends. */
const ends: unknown[] = [];
const records: RequestRecord[] = [];
const complaints: string[] = [];
const sockets: Socket[] = [];

function old(name: string, content: string): void {
  writeFileSync(join(root, name), content);
  utimesSync(join(root, name), OLD, OLD);
}

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'sensewire-http-'));
  root = join(base, 'served');
  mkdirSync(join(root, 'sub/deep'), { recursive: true });
  mkdirSync(join(root, 'site'));
  mkdirSync(join(root, '.git'));
  writeFileSync(join(base, 'secret.txt'), 'secret');
  writeFileSync(join(root, '.git/config'), 'secret');
  writeFileSync(join(root, '.env'), 'secret');
  old('ten.txt', '0123456789');
  old('empty.csv', '');
  old('a2', '');
  old('a10', '');
  old(EVIL, 'evil');
  old('site/index.html', '<h1>here</h1>');
  symlinkSync('ten.txt', join(root, 'inside'));
  symlinkSync('../secret.txt', join(root, 'outside'));
  symlinkSync(base, join(root, 'above'));
  symlinkSync('loop', join(root, 'loop'));
  await promisify(execFile)('mkfifo', [join(root, 'pipe')]);
  const service = httpService(root, { onRequest: record => records.push(record) });
  const address = parseAddress('tcp://127.0.0.1:0') as StreamAddress;
  listener = await listenForSockets(address, (socket, peer) => {
    const conversation: Conversation = {
      peer,
      ending: new AbortController().signal,
      reason: undefined,
      complain: message => complaints.push(message),
      takes: () => true,
    };
    begun++;
    service(socket, conversation).then(
      () => ends.push(undefined),
      error => ends.push(error),
    );
  });
  port = Number((listener.urls[0] as string).split(':').at(-1));
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await expect.poll(() => ends.length).toBe(begun);
  records.length = 0;
  complaints.length = 0;
});

afterAll(async () => {
  await listener?.close();
  rmSync(base, { recursive: true, force: true });
});

function open(): Socket {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  sockets.push(socket);
  socket.on('error', () => undefined);
  return socket;
}

/** Everything that comes until the server closes, for what is sent at once; the sending half is shut behind it. */
async function say(bytes: string | Buffer): Promise<string> {
  const socket = open();
  let text = '';
  socket.on('data', data => (text += data.toString('latin1')));
  socket.end(bytes);
  if (!socket.readableEnded) await new Promise(done => socket.once('end', done).once('close', done));
  return text;
}

interface Answer {
  readonly status: number;
  readonly heads: Readonly<Record<string, string>>;
  readonly body: string;
}

function parse(text: string): Answer {
  const end = text.indexOf('\r\n\r\n');
  const [first = '', ...lines] = text.slice(0, end).split('\r\n');
  const heads = Object.fromEntries(
    lines.map(line => line.split(/: (.*)/, 2).map((part, at) => (at ? part : part.toLowerCase()))),
  );
  return { status: Number(first.split(' ')[1]), heads, body: text.slice(end + 4) };
}

async function ask(target: string, heads: readonly string[] = [], method = 'GET'): Promise<Answer> {
  const lines = [`${method} ${target} HTTP/1.1`, 'Host: here', ...heads, '', ''];
  return parse(await say(lines.join('\r\n')));
}

const statusOf = async (target: string): Promise<number> => (await ask(target)).status;

describe('a file', () => {
  test('comes with all its heads', async () => {
    const { status, heads, body } = await ask('/ten.txt');
    expect([status, body]).toEqual([200, '0123456789']);
    expect(heads).toMatchObject({
      server: 'sensewire',
      'content-type': 'text/plain; charset=utf-8',
      'content-length': '10',
      'last-modified': 'Fri, 02 Jan 2026 03:04:05 GMT',
      'accept-ranges': 'bytes',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-cache',
    });
    expect(heads['etag']).toMatch(/^"a-[0-9a-f]+"$/);
    expect(heads['date']).toMatch(/ GMT$/);
    await expect.poll(() => records).toHaveLength(1);
    expect(records).toMatchObject([
      { method: 'GET', target: '/ten.txt', status: 200, bytes: 10, isComplete: true },
    ]);
  });

  test('has the same heads for HEAD, and no body', async () => {
    for (const target of ['/ten.txt', '/', '/sub', '/none', '/site/']) {
      const [got, headed] = [await ask(target), await ask(target, [], 'HEAD')];
      expect(headed.body).toBe('');
      expect({ ...headed.heads, date: '' }).toEqual({ ...got.heads, date: '' });
      expect(headed.status).toBe(got.status);
    }
  });

  test('comes in ranges', async () => {
    expect(await ask('/ten.txt', ['Range: bytes=2-4'])).toMatchObject({
      status: 206,
      heads: { 'content-range': 'bytes 2-4/10', 'content-length': '3' },
      body: '234',
    });
    expect((await ask('/ten.txt', ['Range: bytes=-3'])).body).toBe('789');
    expect(await ask('/ten.txt', ['Range: bytes=10-'])).toMatchObject({
      status: 416,
      heads: { 'content-range': 'bytes */10' },
    });
    const several = await ask('/ten.txt', ['Range: bytes=0-1,8-']);
    expect(several.status).toBe(206);
    expect(several.body).toHaveLength(Number(several.heads['content-length']));
    expect(several.body).toContain('Content-Range: bytes 8-9/10\r\n\r\n89\r\n--');
  });

  test('is not sent again to who has it', async () => {
    const { heads } = await ask('/ten.txt');
    const again = await ask('/ten.txt', [`If-None-Match: ${heads['etag']}`]);
    expect([again.status, again.body, again.heads['etag']]).toEqual([304, '', heads['etag']]);
    expect((await ask('/ten.txt', [`If-Modified-Since: ${heads['last-modified']}`])).status).toBe(304);
    expect((await ask('/ten.txt', ['If-Match: "other"'])).status).toBe(412);
    const range = ['Range: bytes=5-', `If-Range: ${heads['etag']}`];
    expect(await ask('/ten.txt', range)).toMatchObject({ status: 206, body: '56789' });
  });

  test('that was changed just now has a weak tag only', async () => {
    const future = new Date(Date.now() + 3_600_000);
    old('fresh.txt', 'x');
    utimesSync(join(root, 'fresh.txt'), future, future);
    const { heads } = await ask('/fresh.txt');
    expect(heads['etag']).toMatch(/^W\//);
    // No date lies after the answer's own.
    expect(Date.parse(heads['last-modified'] as string)).toBeLessThanOrEqual(
      Date.parse(heads['date'] as string),
    );
    rmSync(join(root, 'fresh.txt'));
  });

  test('that is empty', async () => {
    expect(await ask('/empty.csv')).toMatchObject({
      status: 200,
      heads: { 'content-length': '0' },
      body: '',
    });
  });
});

describe('paths', () => {
  test('do not leave the folder', async () => {
    for (const target of [
      '/../secret.txt',
      '/%2e%2e/secret.txt',
      '/sub/../../secret.txt',
      '/..%5csecret.txt',
      '/a%00b',
    ])
      expect(await statusOf(target), target).toBe(400);
    for (const target of [
      '/..%2fsecret.txt',
      '/%252e%252e/secret.txt',
      '/.env',
      '/.git/config',
      '/none',
      '/loop',
    ])
      expect(await statusOf(target), target).toBe(404);
    for (const target of ['/outside', '/above/secret.txt', '/above/served/ten.txt/../../secret.txt'])
      expect([400, 403], target).toContain(await statusOf(target));
    expect(await ask(`/${encodeURIComponent(join(base, 'secret.txt'))}`)).toMatchObject({ status: 404 });
  });

  test('follow links inside the folder', async () => {
    expect(await ask('/inside')).toMatchObject({ status: 200, body: '0123456789' });
    expect((await ask('/above/served/ten.txt')).status).toBe(200);
  });

  test('to a pipe are refused at once', async () => {
    expect(await statusOf('/pipe')).toBe(403);
  });

  test('of files have no slash at their end, and those of folders do', async () => {
    expect(await statusOf('/ten.txt/')).toBe(404);
    expect(await ask('/sub?x=1')).toMatchObject({ status: 301, heads: { location: '/sub/?x=1' } });
    // Not a place on another host.
    expect((await ask('//site')).heads['location']).toBe('/site/');
  });

  test('may name the host', async () => {
    expect((await ask('http://here/ten.txt')).body).toBe('0123456789');
  });
});

describe('a folder', () => {
  test('with index.html is that', async () => {
    expect(await ask('/site/')).toMatchObject({ status: 200, body: '<h1>here</h1>' });
  });

  test('shows what is in it, folders first, and in the order of numbers', async () => {
    const { heads, body } = await ask('/');
    const names = [...body.matchAll(/<tr><td><a href="([^"]*)"/g)].map(match => match[1]);
    expect(names).toEqual(
      [
        './above/',
        './site/',
        './sub/',
        './%3Cimg%20src%3Dx%20onerror%3D%22alert(1)%22%3E%26.txt',
        './a2',
        './a10',
        './empty.csv',
        './inside',
        './ten.txt',
      ].filter(name => name !== './above/'),
    );
    expect(body).not.toContain('<img');
    expect(body).toContain('&#60;img src=x onerror=&#34;alert(1)&#34;&#62;&#38;.txt');
    expect(heads['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(heads['content-type']).toBe('text/html; charset=utf-8');
  });

  test('says that it is empty', async () => {
    expect((await ask('/sub/deep/')).body).toContain('This folder is empty.');
  });

  test('with very many files shows the first ones', async () => {
    const many = join(root, 'many');
    mkdirSync(many);
    for (let at = 0; at < MOST_LISTED + 234; at++) writeFileSync(join(many, `file-${at}`), '');
    const { body } = await ask('/many/');
    expect(body.match(/<tr><td><a href="\.\/file-/g)).toHaveLength(MOST_LISTED);
    expect(body).toContain(`./file-${MOST_LISTED - 1}"`);
    expect(body).toContain('234 others are not shown');
    rmSync(many, { recursive: true });
  });
});

describe('requests', () => {
  test('that cannot be served are told why', async () => {
    const get = (target: string, version: string, ...heads: string[]): string =>
      [`GET ${target} ${version}`, ...heads, '', ''].join('\r\n');
    const cases: readonly (readonly [string, number])[] = [
      [get('/ten.txt', 'HTTP/1.1'), 400],
      [get('/ten.txt', 'HTTP/1.1', 'Host: a', 'Host: b'), 400],
      [get('/ten.txt', 'HTTP/1.0'), 200],
      [get('/ten.txt', 'HTTP/3.0', 'Host: a'), 505],
      [get('/ten.txt', 'HTTP/1.1', 'Host: a', 'Expect: miracles'), 417],
      [get('ten.txt', 'HTTP/1.1', 'Host: a'), 400],
      [get(`/${'a'.repeat(9_000)}`, 'HTTP/1.1', 'Host: a'), 414],
      [get('/ten.txt', 'HTTP/1.1', 'Host: a', `X: ${'x'.repeat(MOST_HEAD_BYTES)}`), 431],
      [get('/ten.txt', 'HTTP/1.1', 'Host: a', 'Content-Length: 1', 'Transfer-Encoding: chunked'), 400],
      ['FETCH /ten.txt HTTP/1.1\r\nHost: a\r\n\r\n', 501],
      ['POST /ten.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc', 405],
      ['DELETE /ten.txt HTTP/1.1\r\nHost: a\r\n\r\n', 405],
      ['TRACE / HTTP/1.1\r\nHost: a\r\n\r\n', 405],
      ['CONNECT other:443 HTTP/1.1\r\nHost: other:443\r\n\r\n', 501],
      ['OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n', 204],
      ['OPTIONS /none HTTP/1.1\r\nHost: a\r\n\r\n', 204],
      ['GET /ten.txt HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n', 200],
      ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
      ['hello\r\n\r\n', 400],
    ];
    for (const [request, status] of cases) {
      const answer = parse(await say(Buffer.from(request, 'latin1')));
      expect(answer.status, request.slice(0, 60)).toBe(status);
      if (status === 405) expect(answer.heads['allow']).toBe('GET, HEAD, OPTIONS');
    }
  });

  test('that come without waiting are answered in order, on one connection', async () => {
    const request = (target: string): string => `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`;
    const targets = Array.from({ length: 60 }, (_, at) =>
      at % 3 === 0 ? '/ten.txt' : at % 3 === 1 ? '/none' : '/sub/',
    );
    const text = await say(targets.map(request).join(''));
    expect(text.match(/HTTP\/1\.1 [0-9]+/g)?.map(line => Number(line.slice(9)))).toEqual(
      targets.map(target => (target === '/none' ? 404 : 200)),
    );
    expect(records.map(({ target }) => target)).toEqual(targets);
  });

  test('are answered before what follows them is refused', async () => {
    const text = await say('GET /ten.txt HTTP/1.1\r\nHost: a\r\n\r\nnonsense\r\n\r\n');
    expect(text).toContain('0123456789HTTP/1.1 400 Bad Request\r\n');
    expect(text).toMatch(/Connection: close\r\n\r\n400 Bad Request: this is no HTTP request\n$/);
    expect(complaints).toEqual(['this is no HTTP request']);
  });

  test('of one connection have a limit, and the last answer says so', async () => {
    const text = await say('HEAD /ten.txt HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(MOST_REQUESTS + 5));
    const answers = text.split('\r\n\r\n').slice(0, -1);
    expect(answers).toHaveLength(MOST_REQUESTS);
    expect(answers.filter(answer => answer.includes('Connection: close'))).toEqual([answers.at(-1)]);
  });

  test('made of anything harm nobody', async () => {
    const random = new SeededRandom(7);
    const words = [
      'GET ',
      '/',
      '/ten.txt',
      ' HTTP/1.1\r\n',
      'Host: a\r\n',
      'Range: bytes=',
      '\r\n',
      '\0',
      '%',
      '..',
      'Content-Length: 5\r\n',
      'Transfer-Encoding: chunked\r\n',
      '-1',
      '\xff',
    ];
    for (let round = 0; round < 300; round++) {
      const parts = Array.from({ length: 1 + random.int(0, 11) }, () => random.pick(words));
      await say(Buffer.from(parts.join(''), 'latin1'));
    }
    expect(complaints.filter(text => text.startsWith('500'))).toEqual([]);
    expect((await ask('/ten.txt')).body).toBe('0123456789');
  });
});

/** Asks for a large file and takes nothing but its head, until `go`. */
async function askSlowly(name: string): Promise<{ socket: Socket; first: Buffer }> {
  writeFileSync(join(root, name), '');
  truncateSync(join(root, name), LARGE_BYTES);
  const socket = open();
  socket.write(`GET /${name} HTTP/1.1\r\nHost: a\r\n\r\n`);
  const [first] = (await once(socket, 'data')) as [Buffer];
  socket.pause();
  return { socket, first };
}

/** Bytes until the connection ends. */
async function rest(socket: Socket): Promise<number> {
  let bytes = 0;
  socket.on('data', data => (bytes += data.length));
  socket.resume();
  await once(socket, 'end');
  return bytes;
}

const openFiles = (): string[] =>
  readdirSync('/proc/self/fd').flatMap(fd => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)].filter(path => path.startsWith(root));
    } catch {
      return [];
    }
  });

describe('a large file', () => {
  test('goes out as it is taken, in little memory', async () => {
    const before = process.memoryUsage().arrayBuffers;
    const { socket, first } = await askSlowly('large.bin');
    // Time for the server to read on, if it did.
    for (let round = 0; round < 50; round++) await ask('/ten.txt', [], 'HEAD');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(LARGE_BYTES / 8);
    socket.end();
    expect(first.length - (first.indexOf('\r\n\r\n') + 4) + (await rest(socket))).toBe(LARGE_BYTES);
    await expect.poll(openFiles).toEqual([]);
  });

  test('that shrinks while it is sent ends with the connection, and is not made up', async () => {
    const { socket, first } = await askSlowly('shrinks.bin');
    truncateSync(join(root, 'shrinks.bin'), 1_000);
    expect(first.length + (await rest(socket))).toBeLessThan(LARGE_BYTES);
    await expect.poll(() => records).toMatchObject([{ status: 200, isComplete: false }]);
    expect(complaints).toEqual([expect.stringContaining('the file became shorter')]);
    await expect.poll(openFiles).toEqual([]);
  });

  test('that grows is sent as long as it was', async () => {
    const { socket, first } = await askSlowly('grows.bin');
    appendFileSync(join(root, 'grows.bin'), 'more');
    socket.end();
    const head = first.indexOf('\r\n\r\n') + 4;
    expect(first.length - head + (await rest(socket))).toBe(LARGE_BYTES);
  });

  test('is let go of when the client leaves', async () => {
    const { socket } = await askSlowly('left.bin');
    expect(openFiles()).toEqual([join(root, 'left.bin')]);
    socket.resetAndDestroy();
    await expect.poll(() => ends.length).toBe(begun);
    expect(ends.at(-1)).toMatchObject({ errno: expect.stringMatching(/ECONNRESET|EPIPE/) });
    expect(openFiles()).toEqual([]);
    expect(records).toMatchObject([{ isComplete: false }]);
    expect(complaints).toEqual([]);
  });
});

test('what is no folder is not served', () => {
  expect(() => httpService(join(root, 'ten.txt'))).toThrow(/is no folder/);
  expect(() => httpService(join(root, 'none'))).toThrow(/ENOENT/);
});
