/**
 * `serve http` read by curl, wget and Python; `get` against Python's server, our own, and servers that misbehave.
 *
 * Needs curl, wget, openssl and python3, which `.ci/run` installs.
 */
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { endAll, Run } from '../cli-process.ts';

const run = promisify(execFile);
const BLOB = randomBytes(3_000_000);
const OLD = new Date('2026-01-02T03:04:05Z');

let base: string;
let served: string;
/** Where a test may write. */
let folder: string;
const servers: Server[] = [];

beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'sensewire-web-'));
  served = join(base, 'served');
  mkdirSync(join(served, 'sub/we & <you>'), { recursive: true });
  for (const [name, content] of [
    ['hello.txt', 'hello, wörld\n'],
    ['blob.bin', BLOB],
    ['sub/a.csv', 'a,b\n1,2\n'],
    ['sub/we & <you>/100% läuft?.txt', 'odd\n'],
  ] as const) {
    writeFileSync(join(served, name), content);
    utimesSync(join(served, name), OLD, OLD);
  }
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

beforeEach(() => {
  folder = mkdtempSync(join(base, 'test-'));
});
afterEach(async () => {
  await endAll();
  await Promise.all(
    servers.splice(0).map(server => {
      server.closeAllConnections();
      return new Promise(done => server.close(done));
    }),
  );
});

/** Our server, and its first address as http. */
async function serve(...args: string[]): Promise<{ server: Run; url: string }> {
  const listen = args.includes('--listen') ? [] : ['--listen', 'tcp://127.0.0.1:0'];
  const server = new Run(['serve', 'http', served, '--json', ...listen, ...args]);
  const [url = ''] = await server.urls();
  return { server, url: url.replace('tcp:', 'http:') };
}

async function get(...args: string[]): Promise<Run & { code: unknown }> {
  const client = new Run(['get', ...args], { cwd: folder, input: '' });
  return Object.assign(client, { code: await client.exit });
}

const saved = (name: string): Buffer => readFileSync(join(folder, name));
const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe('curl', () => {
  const curl = async (...args: string[]): Promise<string> =>
    (await run('curl', ['-sS', ...args], { cwd: folder })).stdout;

  test('reads files, on one connection', async () => {
    const { url, server } = await serve();
    const files = ['hello.txt', 'sub/a.csv', 'none', 'hello.txt'].flatMap(name => [
      '-o',
      '-',
      `${url}/${name}`,
    ]);
    expect(await curl(...files, '-w', '%{num_connects} %{http_code}\n')).toBe(
      'hello, wörld\n1 200\na,b\n1,2\n0 200\n404 Not Found: there is nothing here\n0 404\nhello, wörld\n0 200\n',
    );
    await server.until(() => server.json.filter(({ event }) => event === 'request').length === 4);
  });

  test('reads large files, and goes on with them', async () => {
    const { url } = await serve();
    await curl('-o', 'blob', `${url}/blob.bin`);
    expect(digest(saved('blob'))).toBe(digest(BLOB));
    writeFileSync(join(folder, 'part'), BLOB.subarray(0, 1_234_567));
    await curl('-C', '-', '-o', 'part', `${url}/blob.bin`);
    expect(digest(saved('part'))).toBe(digest(BLOB));
    expect(await curl('-r', '0-4,7-9', `${url}/hello.txt`)).toMatch(
      /\r\n\r\nhello\r\n--.*\r\n(.*\r\n)+\r\nw\xf6\r\n--/,
    );
  });

  test('asks whether a file has changed', async () => {
    const { url } = await serve();
    const code = ['-o', '/dev/null', '-w', '%{http_code}'];
    expect(await curl(...code, '-z', '2 Jan 2026 03:04:05 GMT', `${url}/hello.txt`)).toBe('304');
    expect(await curl(...code, '-z', '2 Jan 2026 03:04:04 GMT', `${url}/hello.txt`)).toBe('200');
    await curl('--etag-save', 'etag', '-o', '/dev/null', `${url}/hello.txt`);
    expect(await curl(...code, '--etag-compare', 'etag', `${url}/hello.txt`)).toBe('304');
  });

  test('speaks HTTP/1.0, HEAD, and over a Unix socket', async () => {
    const path = join(folder, 'socket');
    const { url } = await serve('--listen', 'tcp://127.0.0.1:0', '--listen', `unix:${path}`);
    expect(await curl('-0', `${url}/hello.txt`)).toBe('hello, wörld\n');
    expect(await curl('-I', `${url}/blob.bin`)).toMatch(
      /^HTTP\/1\.1 200 OK\r\n(.*\r\n)*Content-Length: 3000000\r\n/,
    );
    expect(await curl('--unix-socket', path, 'http://any/hello.txt')).toBe('hello, wörld\n');
    expect(
      await curl('-o', '/dev/null', '-w', '%{http_code}', '--path-as-is', `${url}/../../etc/passwd`),
    ).toBe('400');
    expect(
      await curl('-o', '/dev/null', '-w', '%{http_code}', '-T', join(served, 'blob.bin'), `${url}/up`),
    ).toBe('405');
  });
});

describe('wget', () => {
  test('mirrors the folder by its pages', async () => {
    const { url } = await serve();
    await run('wget', ['-q', '-r', '-np', '-nH', `${url}/`], { cwd: folder });
    expect(digest(saved('blob.bin'))).toBe(digest(BLOB));
    expect(saved('sub/a.csv').toString()).toBe('a,b\n1,2\n');
    expect(saved('sub/we & <you>/100% läuft?.txt').toString()).toBe('odd\n');
    // Its times are the files' own.
    expect(statSync(join(folder, 'hello.txt')).mtimeMs).toBe(OLD.getTime());
  });

  test('goes on with a file', async () => {
    const { url } = await serve();
    writeFileSync(join(folder, 'blob.bin'), BLOB.subarray(0, 1_000_001));
    await run('wget', ['-q', '-c', `${url}/blob.bin`], { cwd: folder });
    expect(digest(saved('blob.bin'))).toBe(digest(BLOB));
  });
});

test("Python's urllib and http.client read it", async () => {
  const { url } = await serve();
  const script = `
import http.client, sys, urllib.error, urllib.parse, urllib.request
url = sys.argv[1]
with urllib.request.urlopen(url + '/hello.txt') as answer:
    print(answer.status, answer.headers.get_content_type(), answer.headers.get_content_charset(), answer.read())
urllib.request.urlretrieve(url + '/blob.bin', 'blob')
try:
    urllib.request.urlopen(url + '/none')
except urllib.error.HTTPError as error:
    print(error.code, error.reason)
print(urllib.request.urlopen(url + '/sub').url == url + '/sub/')
server = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc)
for _ in range(3):
    server.request('GET', '/sub/a.csv', headers={'Range': 'bytes=-4'})
    answer = server.getresponse()
    print(answer.status, answer.getheader('Content-Range'), answer.read())
`;
  const { stdout } = await run('python3', ['-c', script, url], { cwd: folder });
  expect(stdout.split('\n')).toEqual([
    "200 text/plain utf-8 b'hello, w\\xc3\\xb6rld\\n'",
    '404 Not Found',
    'True',
    ...Array.from({ length: 3 }, () => "206 bytes 4-7/8 b'1,2\\n'"),
    '',
  ]);
  expect(digest(saved('blob'))).toBe(digest(BLOB));
});

describe('serve http', () => {
  test('says each request, and ends after as many as it is to answer', async () => {
    const { url, server } = await serve('--count', '2');
    await get(`${url}/hello.txt`);
    await get(`${url}/none`);
    expect(await server.exit).toBe(0);
    const requests = server.json.filter(({ event }) => event === 'request');
    expect(requests).toMatchObject([
      { method: 'GET', target: '/hello.txt', status: 200, bytes: 14, is_complete: true },
      { target: '/none', status: 404 },
    ]);
  });

  test('promises no longer a life of a connection than it has, and says nothing into the silence', async () => {
    const { url, server } = await serve('--idle', '1500ms');
    const text = await conversation(url, 'GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(text).toMatch(/^Keep-Alive: timeout=1\r$/m);
    expect(text).toMatch(/\r\n\r\nhello, wörld\n$/);
    expect(await server.event('disconnected')).toMatchObject({ reason: 'silent for 1.5 s' });
  });

  test('tells half a request that the rest is missing', async () => {
    const { url } = await serve('--idle', '100ms');
    expect(await conversation(url, 'GET /hel')).toMatch(
      /^HTTP\/1\.1 408 .*\r\n\r\n408 Request Timeout: silent for 100 ms, and the request is not whole\n$/s,
    );
  });
});

/** What comes until the server closes; this end stays open until then, as keep-alive clients do. */
async function conversation(url: string, text: string): Promise<string> {
  const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', allowHalfOpen: true });
  let heard = '';
  socket.setEncoding('utf8').on('data', piece => (heard += piece));
  socket.write(text);
  await once(socket, 'end');
  socket.destroy();
  return heard;
}

/** A server of node:http, and its address. */
async function listen(listener: RequestListener, tls?: { key: Buffer; cert: Buffer }): Promise<string> {
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Sends a blob with ranges and a tag; every `breaksAt` bytes the connection breaks. */
function breaking(
  breaksAt: number,
  heads: Readonly<Record<string, string>> = { ETag: '"1"' },
): RequestListener {
  return (request, response) => {
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const rest = BLOB.subarray(start);
    response.writeHead(start > 0 ? 206 : 200, {
      ...heads,
      'Content-Length': rest.length,
      ...(start > 0 && { 'Content-Range': `bytes ${start}-${BLOB.length - 1}/${BLOB.length}` }),
    });
    response.write(rest.subarray(0, breaksAt), () => {
      if (rest.length > breaksAt) response.destroy();
      else response.end();
    });
  };
}

describe('get', () => {
  test('prints what it gets, and nothing else', async () => {
    const { url } = await serve();
    const { code, out, err } = await get(`${url}/hello.txt`);
    expect([code, out, err]).toEqual([0, ['hello, wörld'], []]);
  });

  test('saves under a name of mine, or its own', async () => {
    const { url } = await serve();
    expect(await get(`${url}/blob.bin`, '-o', 'mine')).toMatchObject({ code: 0, out: [] });
    expect(await get('-O', `${url}/blob.bin`)).toMatchObject({
      code: 0,
      err: [expect.stringMatching(/^saved blob\.bin {2}2\.9 MiB in .*\/s$/)],
    });
    expect(readdirSync(folder).sort()).toEqual(['blob.bin', 'mine']);
    expect(digest(saved('mine'))).toBe(digest(BLOB));
    expect(digest(saved('blob.bin'))).toBe(digest(BLOB));
    // It does not replace what it was not told to.
    expect(await get('-O', `${url}/blob.bin`)).toMatchObject({ code: 2 });
    expect((await get('-o', '/dev/null', `${url}/blob.bin`)).code).toBe(0);
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  test('prints the page of an error, does not save it, and fails', async () => {
    const { url } = await serve();
    const printed = await get(`${url}/none`);
    expect(printed).toMatchObject({
      code: 1,
      out: ['404 Not Found: there is nothing here'],
      err: [`error ${url}/none answers 404 Not Found`],
    });
    expect(await get(`${url}/none`, '-o', 'none')).toMatchObject({ code: 1, out: [] });
    expect(readdirSync(folder)).toEqual([]);
  });

  test('shows heads', async () => {
    const { url } = await serve();
    const { out } = await get('--head', `${url}/blob.bin`);
    expect(out.slice(0, 2)).toEqual(['HTTP/1.1 200 OK', 'Server: sensewire']);
    expect(out).toContain('Content-Length: 3000000');
    const { err, out: body } = await get('-v', `${url}/sub`);
    expect(err.slice(0, 4)).toEqual([
      `* connected to ${url.replace('http', 'tcp')}`,
      '> GET /sub HTTP/1.1',
      `> Host: ${url.slice('http://'.length)}`,
      '> User-Agent: sensewire',
    ]);
    expect(err.filter(line => line.startsWith('< HTTP'))).toEqual([
      '< HTTP/1.1 301 Moved Permanently',
      '< HTTP/1.1 200 OK',
    ]);
    expect(body[0]).toBe('<!doctype html>');
  });

  test('says in JSON what came', async () => {
    const { url } = await serve();
    const { json } = await get('--json', `${url}/sub`);
    expect(json).toMatchObject([
      { event: 'response', status: 301, redirects_to: `${url}/sub/` },
      { event: 'response', status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } },
      { event: 'summary', url: `${url}/sub/`, status: 200, redirects: 1, complete: true },
    ]);
    expect(Object.keys(json.at(-1) as object)).toEqual(
      expect.arrayContaining(['bytes', 'seconds', 'bytes_per_second']),
    );
    const failed = await get('--json', `${url}/none`);
    expect([failed.code, failed.json.at(-1)]).toMatchObject([
      1,
      { event: 'summary', status: 404, complete: false, error: 'SW_REFUSED_BY_PEER' },
    ]);
  });

  test('goes on where it broke off', async () => {
    const url = await listen(breaking(1_200_000));
    let had = 0;
    for (let round = 0; round < 2; round++) {
      const { code, err } = await get('-c', `${url}/blob`, '-o', 'blob');
      expect(code).toBe(1);
      expect(err.join('\n')).toMatch(
        /^(· goes on .*\n)?· .*blob\.part is kept: --continue goes on with it\nerror .* ended the connection after/,
      );
      const { size } = statSync(join(folder, 'blob.part'));
      expect(size).toBeGreaterThan(had);
      expect(size).toBeLessThanOrEqual(had + 1_200_000);
      had = size;
    }
    const { code, err } = await get('-c', `${url}/blob`, '-o', 'blob');
    expect([code, err[0]]).toEqual([
      0,
      expect.stringMatching(/^· goes on after the [12]\.\d+ MiB that are here$/),
    ]);
    expect(digest(saved('blob'))).toBe(digest(BLOB));
    expect(readdirSync(folder)).toEqual(['blob']);
  });

  test('knows what it cannot go on with', async () => {
    // Another version by now.
    const { url } = await serve();
    writeFileSync(join(folder, 'blob.part'), 'an old version');
    writeFileSync(
      join(folder, 'blob.part.json'),
      JSON.stringify({ url: `${url}/blob.bin`, validator: '"old"' }),
    );
    const changed = await get('-c', `${url}/blob.bin`, '-o', 'blob');
    expect([changed.code, changed.err[0]]).toEqual([0, '· begins anew: the file on the server has changed']);
    expect(digest(saved('blob'))).toBe(digest(BLOB));
    // A part of another address.
    writeFileSync(join(folder, 'hello.part'), 'hell');
    writeFileSync(
      join(folder, 'hello.part.json'),
      JSON.stringify({ url: 'http://other/', validator: '"1"' }),
    );
    const other = await get('-c', `${url}/hello.txt`, '-o', 'hello');
    expect(other.err[0]).toBe('· begins anew: nothing tells which version the part is of');
    expect(saved('hello').toString()).toBe('hello, wörld\n');
  });

  test('goes on where asked to, though nothing tells the version, and says so', async () => {
    const url = await listen((request, response) => {
      const start = Number(/\d+/.exec(request.headers.range ?? '0')?.[0]);
      const range = `bytes ${start}-${BLOB.length - 1}/${BLOB.length}`;
      response.writeHead(start > 0 ? 206 : 200, {
        'Content-Length': BLOB.length - start,
        ...(start > 0 && { 'Content-Range': range }),
      });
      const end = start + 1_600_000;
      response.write(BLOB.subarray(start, end), () => response.socket?.end());
    });
    const first = await get(`${url}/blob`, '-o', 'blob');
    expect([first.code, first.err[0]]).toEqual([1, '· blob.part is kept: --continue goes on with it']);
    expect(digest(saved('blob.part'))).toBe(digest(BLOB.subarray(0, 1_600_000)));
    const rest = await get('-c', `${url}/blob`, '-o', 'blob');
    expect([rest.code, rest.err]).toEqual([
      0,
      [
        expect.stringMatching(/^· goes on after the 1\.5 MiB that are here: .* nobody can say whether/),
        expect.stringMatching(/^saved blob {2}2\.9 MiB/),
      ],
    ]);
    expect(digest(saved('blob'))).toBe(digest(BLOB));
    // The name stays as it was given where the file is there already.
    expect((await get(`${(await serve()).url}/hello.txt`, '-o', 'blob')).err).toEqual([
      expect.stringMatching(/^saved blob {2}/),
    ]);
  });

  test('has all of it already', async () => {
    const { url } = await serve();
    const etag = (await run('curl', ['-sI', `${url}/blob.bin`])).stdout.match(/ETag: (.*)\r/)?.[1];
    writeFileSync(join(folder, 'blob.part'), BLOB);
    writeFileSync(
      join(folder, 'blob.part.json'),
      JSON.stringify({ url: `${url}/blob.bin`, validator: etag }),
    );
    const { code, err } = await get('-c', `${url}/blob.bin`, '-o', 'blob');
    expect([code, err[0]]).toEqual([0, '· all of it is here already']);
    expect(readdirSync(folder)).toEqual(['blob']);
    expect(digest(saved('blob'))).toBe(digest(BLOB));
  });

  test('reads from Python, which knows no ranges', async () => {
    const script = `
import http.server, functools, sys
handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=sys.argv[1])
server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler)
print(server.server_port, flush=True)
server.serve_forever()
`;
    const python = execFile('python3', ['-c', script, served]);
    const gone = once(python, 'exit');
    try {
      const [port] = (await once(python.stdout as NodeJS.ReadableStream, 'data')) as [string];
      const url = `http://127.0.0.1:${port.trim()}/blob.bin`;
      const modified = 'Fri, 02 Jan 2026 03:04:05 GMT';
      writeFileSync(join(folder, 'blob.part'), BLOB.subarray(0, 1_000));
      writeFileSync(join(folder, 'blob.part.json'), JSON.stringify({ url, validator: modified }));
      const { code, err } = await get('-c', url, '-o', 'blob');
      expect([code, err[0]]).toEqual([0, '· begins anew: the server sends no ranges']);
      expect(digest(saved('blob'))).toBe(digest(BLOB));
    } finally {
      python.kill();
      await gone;
    }
  });

  test('stops at a signal, and keeps what it has', async () => {
    const url = await listen((_request, response) => {
      response.writeHead(200, { ETag: '"1"', 'Content-Length': BLOB.length });
      response.write(BLOB.subarray(0, 100_000));
    });
    const client = new Run(['get', `${url}/blob`, '-o', 'blob'], { cwd: folder, input: '' });
    const part = join(folder, 'blob.part');
    await expect.poll(() => existsSync(part) && statSync(part).size, { timeout: 10_000 }).toBe(100_000);
    client.kill('SIGINT');
    expect(await client.exit).toBe(1);
    expect(client.err[0]).toBe('stopped after 97.7 KiB');
    expect(client.err[1]).toMatch(/blob\.part is kept/);
  });

  test.each([
    ['is closed', 3, false],
    ['is closed', 500_000, false],
    ['is closed', 2_900_000, false],
    ['is closed, in chunks', 500_000, true],
  ])('keeps all that came before the connection %s after %i bytes', async (_, bytes, isChunked) => {
    const url = await listen((_request, response) => {
      response.writeHead(200, { ETag: '"1"', ...(!isChunked && { 'Content-Length': BLOB.length }) });
      response.write(BLOB.subarray(0, bytes), () => response.socket?.end());
    });
    const { code, err } = await get(`${url}/blob`, '-o', 'blob');
    expect([code, digest(saved('blob.part'))]).toEqual([1, digest(BLOB.subarray(0, bytes))]);
    expect(err.at(-1)).toContain(
      `ended the connection after ${bytes}${isChunked ? '' : ' of 3000000'} bytes`,
    );
  });

  test('gives up on a server that says nothing', async () => {
    const url = await listen(() => undefined);
    const { code, err } = await get('--timeout', '200ms', url);
    expect(code).toBe(1);
    expect(err).toEqual([expect.stringMatching(/^error nothing came from 127\.0\.0\.1:\d+ for 0\.2 s: /)]);
  });

  test('over a Unix socket, and into a pipe that closes', async () => {
    const path = join(folder, 'socket');
    await serve('--listen', `unix:${path}`);
    expect((await get('--unix', path, 'http://any/hello.txt')).out).toEqual(['hello, wörld']);
    const { stdout, stderr } = await run('bash', [
      '-c',
      `"$0" "$1" get --unix "$2" any/blob.bin | head -c 5 | wc -c; echo "\${PIPESTATUS[0]}"`,
      process.execPath,
      join(import.meta.dirname, '../../bin/sensewire.cjs'),
      path,
    ]);
    expect([stdout, stderr]).toEqual(['5\n0\n', '']);
  });

  test.each([
    [['ftp://a/'], /has the scheme ftp/],
    [['tcp://127.0.0.1:80/x'], /has the scheme tcp: write it like http:\/\/127\.0\.0\.1:80\/x/],
    [['http://a/', '-o', 'x', '-O'], /leave one out/],
    [['http://a/', '-O'], /no name at its end/],
    [['http://a/', '--continue'], /name it with --output/],
    [['http://a/', '--head', '-o', 'x'], /no body to save/],
    [['http://a/', '--json', '-o', '-'], /name a file/],
    [['http://a/', '--ca', 'none.pem'], /none\.pem cannot be read/],
    [['http://a/', '--timeout', 'long'], /--timeout.*"long"/],
  ])('%j is wrong usage', async (args, message) => {
    const { code, out, err } = await get(...args);
    expect([code, out]).toEqual([2, []]);
    expect(err.join('\n')).toMatch(message);
  });

  test('says why it cannot write', async () => {
    const { url } = await serve();
    mkdirSync(join(folder, 'folder'));
    expect((await get(`${url}/hello.txt`, '-o', 'folder')).err).toEqual([
      'error folder is a folder: name a file in it',
    ]);
    expect((await get(`${url}/hello.txt`, '-o', 'none/x')).err).toEqual([
      expect.stringMatching(/^error there is no folder none: create it first/),
    ]);
  });
});

describe('get over https', () => {
  let tls: { key: Buffer; cert: Buffer };
  beforeAll(async () => {
    const names = 'subjectAltName=DNS:sensor.example,IP:127.0.0.1';
    const made = [
      '-keyout',
      'key.pem',
      '-out',
      'cert.pem',
      '-days',
      '2',
      '-subj',
      '/CN=sensor',
      '-addext',
      names,
    ];
    const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', ...made];
    await run('openssl', args, { cwd: base });
    tls = { key: readFileSync(join(base, 'key.pem')), cert: readFileSync(join(base, 'cert.pem')) };
  });
  const ca = (): string => join(base, 'cert.pem');

  test('reads from who has a certificate that is trusted', async () => {
    const url = await listen((_request, response) => response.end(BLOB), tls);
    const { code, err } = await get('-v', '--ca', ca(), `${url}/blob`, '-o', 'blob');
    expect(code).toBe(0);
    expect(err[0]).toMatch(/^\* connected to tcp:\/\/127\.0\.0\.1:\d+ with TLSv1\.3, TLS_/);
    expect(digest(saved('blob'))).toBe(digest(BLOB));
  });

  test('says why it trusts nobody else', async () => {
    const url = await listen((_request, response) => response.end('secret'), tls);
    const untrusted = await get(url);
    expect([untrusted.code, untrusted.out]).toEqual([1, []]);
    expect(untrusted.err.join('\n')).toMatch(
      /nobody whom this machine trusts vouches .* --ca FILE \(DEPTH_ZERO_SELF_SIGNED_CERT\)/,
    );
    const misnamed = await get('--ca', ca(), url.replace('127.0.0.1', 'localhost'));
    expect(misnamed.err.join('\n')).toMatch(
      /is not one of "localhost", but of sensor\.example, 127\.0\.0\.1/,
    );
    const plain = await listen((_request, response) => response.end('x'));
    expect((await get(plain.replace('http:', 'https:'))).err.join('\n')).toMatch(
      /does not speak TLS: try http:/,
    );
  });

  test('does not follow to where everybody can read', async () => {
    const plain = await listen((_request, response) => response.end('x'));
    const url = await listen((_request, response) => response.writeHead(302, { Location: plain }).end(), tls);
    const { code, err } = await get('--ca', ca(), url);
    expect(code).toBe(1);
    expect(err.join('\n')).toMatch(/redirects from https to http:/);
  });
});
