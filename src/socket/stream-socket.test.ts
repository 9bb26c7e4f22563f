/**
 * Stream sockets from `socket` to `close`, in every family, with real sockets; what is read is
 * `stream-socket-reading.test.ts`.
 */
import { spawn } from 'node:child_process';
import { getEventListeners, once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as C from './constants.ts';
import type { InetAddress, SocketAddress } from './names.ts';
import { socket } from './socket.ts';
import type { StreamSocket } from './stream-socket.ts';

let folder: string;
const open: Disposable[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sensewire-stream-'));
});
afterEach(() => {
  for (const one of open.splice(0)) one[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

function keep<T extends Disposable>(one: T): T {
  open.push(one);
  return one;
}

const stream = (family: C.AddressFamily = C.AF_INET): StreamSocket => keep(socket(family, C.SOCK_STREAM));

/** An address of the family that is free. */
function anywhere(family: C.AddressFamily): SocketAddress {
  if (family === C.AF_UNIX) return join(folder, 'a#b.sock');
  return [family === C.AF_INET ? '127.0.0.1' : '::1', 0];
}

async function listening(family: C.AddressFamily = C.AF_INET): Promise<StreamSocket> {
  const server = stream(family);
  await server.bind(anywhere(family));
  await server.listen();
  return server;
}

/** Another listener: Unix paths must differ. */
async function second(family: C.AddressFamily): Promise<StreamSocket> {
  if (family !== C.AF_UNIX) return listening(family);
  const server = stream(family);
  await server.bind(join(folder, 'second.sock'));
  await server.listen();
  return server;
}

/** Both ends of a connection. */
async function pair(
  family: C.AddressFamily = C.AF_INET,
): Promise<[client: StreamSocket, server: StreamSocket]> {
  using server = await listening(family);
  const client = stream(family);
  await client.connect(server.getsockname());
  const [accepted] = await server.accept();
  return [client, keep(accepted)];
}

/** The port of something that listened, and does no more. */
async function freePort(): Promise<number> {
  using server = await listening();
  const [, port] = server.getsockname() as InetAddress;
  await server[Symbol.asyncDispose]();
  return port;
}

/** Where the kernel answers no more: a listener that accepts nothing, with as many waiting as it may have. */
async function silentPeer(): Promise<InetAddress> {
  const script = `const server = require('node:net').createServer();
    server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(server.address().port));`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  open.push({ [Symbol.dispose]: () => child.kill('SIGKILL') });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  child.kill('SIGSTOP');
  const to: InetAddress = ['127.0.0.1', Number(line)];
  for (let count = 0; count < 2; count++) await stream().connect(to);
  return to;
}

const text = async (bytes: Promise<Buffer>): Promise<string> => (await bytes).toString();

describe.each([
  ['AF_INET', C.AF_INET],
  ['AF_INET6', C.AF_INET6],
  ['AF_UNIX', C.AF_UNIX],
] as const)('a stream socket of %s', (_name, family) => {
  const isUnix = family === C.AF_UNIX;

  it('carries bytes both ways, and both ends know both addresses', async () => {
    const server = await listening(family);
    const at = server.getsockname();
    const client = stream(family);
    await client.connect(at);
    const [accepted, peer] = await server.accept();
    keep(accepted);
    expect(client.getpeername()).toEqual(at);
    expect(accepted.getsockname()).toEqual(at);
    expect(accepted.getpeername()).toEqual(peer);
    expect(client.getsockname()).toEqual(peer);
    // A Unix socket that connects has no address (unix(7), unnamed).
    if (isUnix) expect(peer).toBe('');
    expect(await client.send('Hello, ')).toBe(7);
    await client.sendall(Buffer.from('world'));
    expect(await text(accepted.readexactly(12))).toBe('Hello, world');
    expect(await accepted.sendto('Thank you')).toBe(9);
    expect(await client.recvfrom(100)).toEqual([Buffer.from('Thank you'), at]);
  });

  it('ends in halves, each for itself', async () => {
    const [client, server] = await pair(family);
    await client.sendall('the question');
    client.shutdown(C.SHUT_WR);
    expect(await text(server.recv(100))).toBe('the question');
    expect(await server.recv(100)).toHaveLength(0);
    expect(await server.recv(100)).toHaveLength(0);
    await server.sendall('the answer');
    await server.sendall(', and more');
    server.close();
    expect(await text(client.readexactly(20))).toBe('the answer, and more');
    expect(await client.recv(1)).toHaveLength(0);
    await expect(client.send('too late')).rejects.toMatchObject({ code: 'SW_NETWORK', errno: 'EPIPE' });
  });

  it('is of no use once it is closed', async () => {
    const [client] = await pair(family);
    client.close();
    client.close();
    expect(client.closed).toBe(true);
    const ebadf = { code: 'SW_CLOSED', errno: 'EBADF' };
    const to = anywhere(family);
    for (const call of [
      () => client.bind(to),
      () => client.listen(),
      () => client.accept(),
      () => client.connect(to),
      () => client.recv(1),
      () => client.recvfrom(1),
      () => client.readexactly(1),
      () => client.readuntil('x'),
      () => client.readline(),
      () => client.chunks().next(),
      () => client.send('x'),
      () => client.sendall('x'),
      () => client.sendto('x'),
      async () => client.shutdown(C.SHUT_WR),
      async () => client.getsockname(),
      async () => client.getpeername(),
      async () => client.setsockopt(C.SOL_SOCKET, C.SO_KEEPALIVE, 1),
      async () => client.getsockopt(C.SOL_SOCKET, C.SO_KEEPALIVE),
    ]) {
      await expect(call(), String(call)).rejects.toMatchObject(ebadf);
    }
    expect(await client.connections().next()).toMatchObject({ done: true });
  });

  it('fails the calls that wait when it is closed', async () => {
    const [client] = await pair(family);
    const server = await second(family);
    const waiting = [client.recv(1), client.readline(), server.accept(), server.accept()];
    client.close();
    server.close();
    for (const call of waiting) await expect(call).rejects.toMatchObject({ errno: 'EBADF' });
  });

  it('accepts connections in their order, whether one waits for them or not', async () => {
    const server = await listening(family);
    const waiting = [server.accept(), server.accept()];
    const clients = [stream(family), stream(family), stream(family)];
    for (const [index, client] of clients.entries()) {
      await client.connect(server.getsockname());
      await client.sendall(String(index));
    }
    const accepted = [...(await Promise.all(waiting)), await server.accept()];
    for (const [index, [connection]] of accepted.entries()) {
      expect(await text(keep(connection).recv(9))).toBe(String(index));
    }
  });

  it('gives its connections to a loop, until it is closed', async () => {
    const server = await listening(family);
    const clients = [stream(family), stream(family)];
    for (const client of clients) await client.connect(server.getsockname());
    const got: StreamSocket[] = [];
    for await (const [connection] of server.connections()) {
      got.push(keep(connection));
      if (got.length === clients.length) server.close();
    }
    expect(got).toHaveLength(2);
  });

  it('breaks off the connections that nobody accepted when it is closed', async () => {
    const server = await listening(family);
    const [client, forgotten] = [stream(family), stream(family)];
    await client.connect(server.getsockname());
    await forgotten.connect(server.getsockname());
    const [accepted] = await server.accept();
    keep(accepted);
    await turns();
    server.close();
    // Unix sockets have no reset.
    if (isUnix) expect(await forgotten.recv(1)).toHaveLength(0);
    else await expect(forgotten.recv(1)).rejects.toMatchObject({ errno: 'ECONNRESET' });
    await accepted.sendall('still here');
    expect(await text(client.recv(100))).toBe('still here');
  });

  it('is aborted by a signal, before and while it waits, and leaves no listener', async () => {
    const [client] = await pair(family);
    const server = await second(family);
    const calls: readonly ((signal: AbortSignal) => Promise<unknown>)[] = [
      signal => server.accept({ signal }),
      signal => server.connections({ signal }).next(),
      signal => client.recv(1, { signal }),
      signal => client.recvfrom(1, { signal }),
      signal => client.readexactly(1, { signal }),
      signal => client.readuntil('x', { signal }),
      signal => client.readline({ signal }),
      signal => client.chunks({ signal }).next(),
    ];
    for (const call of calls) {
      await expect(call(AbortSignal.abort('no')), String(call)).rejects.toBe('no');
      const controller = new AbortController();
      const waiting = call(controller.signal);
      controller.abort('enough');
      await expect(waiting, String(call)).rejects.toBe('enough');
      expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    }
    const { signal } = new AbortController();
    await client.sendall('x', { signal });
    await client.send('x', { signal });
    const other = stream(family);
    await other.connect(server.getsockname(), { signal });
    keep((await server.accept({ signal }))[0]);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    for (const call of [
      () => client.send('x', { signal: AbortSignal.abort('no') }),
      () => client.sendall('x', { signal: AbortSignal.abort('no') }),
      () => client.sendto('x', undefined, { signal: AbortSignal.abort('no') }),
      () => stream(family).connect(server.getsockname(), { signal: AbortSignal.abort('no') }),
    ]) {
      await expect(call(), String(call)).rejects.toBe('no');
    }
  });

  it('waits as long as settimeout says', async () => {
    const [client] = await pair(family);
    const server = await second(family);
    for (const one of [client, server]) {
      one.settimeout(0.01);
      expect(one.gettimeout()).toBe(0.01);
    }
    const late = { code: 'SW_TIMEOUT', errno: 'ETIMEDOUT', message: expect.stringContaining('0.01 s') };
    await expect(server.accept()).rejects.toMatchObject(late);
    await expect(client.recv(1)).rejects.toMatchObject(late);
    await expect(client.readline()).rejects.toMatchObject(late);
    const now = { code: 'SW_TIMEOUT', errno: 'EAGAIN' };
    for (const one of [client, server]) one.settimeout(0);
    await expect(server.accept()).rejects.toMatchObject(now);
    await expect(client.recv(1)).rejects.toMatchObject(now);
    const other = stream(family);
    other.settimeout(0);
    await expect(other.connect(server.getsockname())).rejects.toMatchObject(now);
    other.settimeout(null);
    await other.connect(server.getsockname());
    for (const seconds of [-1, Number.NaN, 1e9]) {
      expect(() => other.settimeout(seconds)).toThrow(/a timeout is null or from 0 to/);
    }
  });

  it('is closed at the end of its block', async () => {
    let seen: StreamSocket;
    {
      using one = socket(family, C.SOCK_STREAM);
      seen = one;
    }
    expect(seen.closed).toBe(true);
    const [client, server] = await pair(family);
    {
      await using held = client;
      await held.sendall('');
    }
    expect(client.closed).toBe(true);
    expect(await server.recv(1)).toHaveLength(0);
  });

  it('knows its kind', async () => {
    const server = await listening(family);
    const of = (name: number): unknown => server.getsockopt(C.SOL_SOCKET, name);
    expect([of(C.SO_TYPE), of(C.SO_DOMAIN), of(C.SO_ACCEPTCONN), of(C.SO_ERROR)]).toEqual([
      C.SOCK_STREAM,
      family,
      1,
      0,
    ]);
    expect(stream(family).getsockopt(C.SOL_SOCKET, C.SO_ACCEPTCONN)).toBe(0);
  });
});

describe('bind', () => {
  it.each([
    ['', '0.0.0.0'],
    ['localhost', '127.0.0.1'],
    ['127.0.0.1', '127.0.0.1'],
  ])('%j is %s, and the system picks the port', async (host, at) => {
    const server = stream();
    await server.bind([host, 0]);
    expect(server.getsockname()).toEqual([at, expect.any(Number)]);
    const [, port] = server.getsockname() as InetAddress;
    expect(port).toBeGreaterThan(0);
    await server.listen();
    expect(server.getsockname()).toEqual([at, port]);
    await stream().connect(['localhost', port]);
  });

  it('has done its work when it returns, where no name is to be looked up', async () => {
    const server = stream();
    const binding = server.bind(['127.0.0.1', 0]);
    const at = server.getsockname();
    void server.listen();
    await stream().connect(at);
    await binding;
  });

  it('names the process that holds the port', async () => {
    const server = await listening();
    const [, port] = server.getsockname() as InetAddress;
    await expect(stream().bind(['127.0.0.1', port])).rejects.toMatchObject({
      code: 'SW_ADDRESS_IN_USE',
      errno: 'EADDRINUSE',
      message: expect.stringMatching(new RegExp(`${port} is in use by ".+" \\(process ${process.pid}\\)`)),
    });
  });

  it('may be tried again after it failed', async () => {
    const server = await listening();
    const other = stream();
    await expect(other.bind(server.getsockname())).rejects.toMatchObject({ errno: 'EADDRINUSE' });
    await other.bind(['127.0.0.1', 0]);
    await other.listen();
    await stream().connect(other.getsockname());
  });

  it.each([
    [['192.0.2.1', 0], 'SW_ADDRESS_NOT_AVAILABLE', 'EADDRNOTAVAIL'],
    [['no-such-host.invalid', 0], 'SW_UNKNOWN_HOST', expect.stringMatching(/^E/)],
    [['::1', 0], 'SW_USAGE', 'EINVAL'],
    [['127.0.0.1', 65_536], 'SW_USAGE', 'EINVAL'],
    [['127.0.0.1', '80'], 'SW_USAGE', 'EINVAL'],
    ['/a/path', 'SW_USAGE', 'EINVAL'],
    [undefined, 'SW_USAGE', 'EINVAL'],
  ])('refuses %j', async (address, code, errno) => {
    await expect(stream().bind(address as unknown as InetAddress)).rejects.toMatchObject({ code, errno });
  });

  it('happens once', async () => {
    const server = stream();
    await server.bind(['127.0.0.1', 0]);
    await expect(server.bind(['127.0.0.1', 0])).rejects.toMatchObject({
      code: 'SW_SOCKET_STATE',
      errno: 'EINVAL',
    });
  });

  it('of a name can be aborted, or closed', async () => {
    const controller = new AbortController();
    const aborted = stream().bind(['localhost', 0], { signal: controller.signal });
    controller.abort('enough');
    await expect(aborted).rejects.toBe('enough');
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    const server = stream();
    const binding = server.bind(['localhost', 0]);
    server.close();
    await expect(binding).rejects.toMatchObject({ errno: 'EBADF' });
    await expect(stream().bind(['127.0.0.1', 0], { signal: AbortSignal.abort('no') })).rejects.toBe('no');
  });

  it('gives a socket that connects its local address', async () => {
    const server = await listening();
    const client = stream();
    await client.bind(['127.0.0.2', 0]);
    const own = client.getsockname();
    await client.connect(server.getsockname());
    const [accepted, peer] = await server.accept();
    keep(accepted);
    expect([client.getsockname(), peer]).toEqual([own, own]);
  });

  // Root may use every port.
  const lowest = Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'));
  it.skipIf(process.geteuid?.() !== 0 || lowest < 2)('explains reserved ports', async () => {
    process.seteuid?.(65_534);
    try {
      await expect(stream().bind(['127.0.0.1', lowest - 1])).rejects.toMatchObject({
        code: 'SW_PERMISSION',
        errno: 'EACCES',
        message: expect.stringContaining('ports below 1024 are reserved'),
      });
    } finally {
      process.seteuid?.(0);
    }
  });

  it('of a path refuses one that is there, and takes it away when it is closed', async () => {
    const path = join(folder, 'x.sock');
    const server = stream(C.AF_UNIX);
    await server.bind(path);
    expect(server.getsockname()).toBe(path);
    await server.listen();
    await expect(stream(C.AF_UNIX).bind(path)).rejects.toMatchObject({
      code: 'SW_ADDRESS_IN_USE',
      errno: 'EADDRINUSE',
    });
    await server[Symbol.asyncDispose]();
    expect(existsSync(path)).toBe(false);
    const file = join(folder, 'notes.txt');
    writeFileSync(file, 'precious');
    await expect(stream(C.AF_UNIX).bind(file)).rejects.toMatchObject({
      errno: 'EADDRINUSE',
      message: expect.stringContaining('is no socket'),
    });
    expect(readFileSync(file, 'utf8')).toBe('precious');
    await expect(stream(C.AF_UNIX).bind(['127.0.0.1', 0])).rejects.toMatchObject({ code: 'SW_USAGE' });
    await expect(stream(C.AF_UNIX).bind(join(folder, 'x'.repeat(108)))).rejects.toMatchObject({
      code: 'SW_BAD_URL',
    });
  });
});

describe('close', () => {
  it('leaves nothing open, though the peer stays: what was sent comes, then the end, then a reset', async () => {
    const [client, server] = await pair();
    await client.sendall('the last words');
    // It waits for the peer no longer than for the event loop: the peer has not closed anything.
    await client[Symbol.asyncDispose]();
    expect(await text(server.readexactly(14))).toBe('the last words');
    expect(await server.recv(1)).toHaveLength(0);
    await server.sendall('to nobody');
    await expect(
      (async () => {
        for (;;) {
          await server.sendall('to nobody');
          await turns(1);
        }
      })(),
    ).rejects.toMatchObject({ errno: expect.stringMatching(/EPIPE|ECONNRESET/) });
  });

  it('delivers what the kernel has not taken yet', async () => {
    const [client, server] = await pair();
    const bytes = Buffer.alloc(16 * 2 ** 20, 'x');
    const sending = client.sendall(bytes);
    client.close();
    await expect(sending).rejects.toMatchObject({ errno: 'EBADF' });
    expect((await server.readexactly(bytes.length)).equals(bytes)).toBe(true);
    expect(await server.recv(1)).toHaveLength(0);
  });
});

/** Whether the kernel has a listener at a port of IPv4: state 0A of /proc/net/tcp. */
function kernelListens(port: number): boolean {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  return new RegExp(`:${hex} 00000000:0000 0A `).test(readFileSync('/proc/net/tcp', 'utf8'));
}

describe('listen', () => {
  it.skipIf(!('BoundSocket' in net))('listens when it returns, bound before or not', async () => {
    const [bound, free] = [stream(), stream()];
    await bound.bind(['127.0.0.1', 0]);
    for (const server of [bound, free]) {
      void server.listen(5);
      const [host, port] = server.getsockname() as InetAddress;
      expect(kernelListens(port)).toBe(true);
      await expect(stream().bind([host, port])).rejects.toMatchObject({ errno: 'EADDRINUSE' });
    }
  });

  it('at a path is there when it returns', async () => {
    const server = stream(C.AF_UNIX);
    const path = join(folder, 'now.sock');
    await server.bind(path);
    void server.listen();
    expect(existsSync(path)).toBe(true);
  });

  it('without bind takes a port that the system picks; a second time it does nothing', async () => {
    const server = stream();
    const first = server.listen();
    await server.listen(5);
    const [host, port] = server.getsockname() as InetAddress;
    expect([host, port > 0]).toEqual(['0.0.0.0', true]);
    await first;
    await stream().connect(['127.0.0.1', port]);
  });

  it('need not be awaited: accept tells its failure', async () => {
    const [first, second] = [stream(), stream()];
    await first.bind(['127.0.0.1', 0]);
    // Both may have the port as long as neither listens.
    await second.bind(first.getsockname());
    await first.listen();
    void second.listen();
    await expect(second.accept()).rejects.toMatchObject({ code: 'SW_ADDRESS_IN_USE', errno: 'EADDRINUSE' });
    await expect(second.listen()).rejects.toMatchObject({ errno: 'EADDRINUSE' });
    second.close();
  });

  it('that fails and is awaited by nobody does no harm', async () => {
    const [first, second] = [stream(), stream()];
    await first.bind(['127.0.0.1', 0]);
    await second.bind(first.getsockname());
    await first.listen();
    // The test runner fails where a rejection is handled by nobody.
    void second.listen();
    await turns(20);
    expect(second.closed).toBe(false);
    second.close();
  });

  it('needs a path in AF_UNIX, and a folder for it', async () => {
    await expect(stream(C.AF_UNIX).listen()).rejects.toMatchObject({ errno: 'EINVAL' });
    const server = stream(C.AF_UNIX);
    await server.bind(join(folder, 'none/x.sock'));
    await expect(server.listen()).rejects.toMatchObject({
      code: 'SW_ADDRESS_NOT_AVAILABLE',
      errno: 'ENOENT',
      message: expect.stringContaining('there is no folder'),
    });
  });

  it('at :: takes IPv4 peers, unless IPV6_V6ONLY is set', async () => {
    const server = stream(C.AF_INET6);
    await server.bind(['', 0]);
    await server.listen();
    const [, port] = server.getsockname() as InetAddress;
    const client = stream();
    await client.connect(['127.0.0.1', port]);
    const [accepted, [host]] = await server.accept();
    expect(host).toBe('::ffff:127.0.0.1');
    expect(keep(accepted).getsockname()).toEqual(['::ffff:127.0.0.1', port]);

    const only = stream(C.AF_INET6);
    only.setsockopt(C.IPPROTO_IPV6, C.IPV6_V6ONLY, 1);
    await only.bind(['', 0]);
    await only.listen();
    const [, onlyPort] = only.getsockname() as InetAddress;
    await expect(stream().connect(['127.0.0.1', onlyPort])).rejects.toMatchObject({ errno: 'ECONNREFUSED' });
    await stream(C.AF_INET6).connect(['::1', onlyPort]);
  });

  it('shares a port with SO_REUSEPORT', async () => {
    const [first, second] = [stream(), stream()];
    for (const one of [first, second]) one.setsockopt(C.SOL_SOCKET, C.SO_REUSEPORT, 1);
    await first.bind(['127.0.0.1', 0]);
    await first.listen();
    await second.bind(first.getsockname());
    await second.listen();
    let [atFirst, atSecond] = [0, 0];
    void (async () => {
      for await (const [one] of first.connections()) [atFirst] = [atFirst + 1, one.close()];
    })();
    void (async () => {
      for await (const [one] of second.connections()) [atSecond] = [atSecond + 1, one.close()];
    })();
    // The kernel picks by a hash of the addresses: 64 of a kind would be a chance of 2^-63.
    for (let count = 0; count < 64; count++) {
      const client = stream();
      await client.connect(first.getsockname());
      expect(await client.recv(1)).toHaveLength(0);
    }
    expect([atFirst > 0, atSecond > 0, atFirst + atSecond]).toEqual([true, true, 64]);
  });
});

describe('connect', () => {
  it('says that nobody listens, and may be tried again', async () => {
    const client = stream();
    const port = await freePort();
    await expect(client.connect(['127.0.0.1', port])).rejects.toMatchObject({
      code: 'SW_UNREACHABLE',
      errno: 'ECONNREFUSED',
      retryable: true,
    });
    const server = await listening();
    await client.connect(server.getsockname());
    expect(client.getpeername()).toEqual(server.getsockname());
  });

  it('keeps the address that the socket was bound to, also after it failed', async () => {
    const client = stream();
    await client.bind(['127.0.0.3', 0]);
    const own = client.getsockname();
    await expect(client.connect(['no-such-host.invalid', 1])).rejects.toMatchObject({
      code: 'SW_UNKNOWN_HOST',
    });
    expect(client.getsockname()).toEqual(own);
    await expect(client.connect(['127.0.0.1', await freePort()])).rejects.toMatchObject({
      errno: 'ECONNREFUSED',
    });
    expect(client.getsockname()).toEqual(own);
    const server = await listening();
    await client.connect(server.getsockname());
    expect(client.getsockname()).toEqual(own);
  });

  it.each([
    [C.AF_INET, ['no-such-host.invalid', 1], 'SW_UNKNOWN_HOST'],
    [C.AF_INET, ['::1', 1], 'SW_USAGE'],
    [C.AF_INET, '/a/path', 'SW_USAGE'],
    [C.AF_UNIX, ['127.0.0.1', 1], 'SW_USAGE'],
    [C.AF_UNIX, '/tmp/no such folder/x.sock', 'SW_UNREACHABLE'],
  ] as const)('fails in family %i for %j', async (family, address, code) => {
    const client = stream(family);
    await expect(client.connect(address)).rejects.toMatchObject({ code });
    // Not stuck in an attempt.
    await expect(client.connect(address)).rejects.toMatchObject({ code });
  });

  it('takes IPv4 addresses in AF_INET6', async () => {
    const server = await listening();
    const [, port] = server.getsockname() as InetAddress;
    const client = stream(C.AF_INET6);
    await client.connect(['127.0.0.1', port]);
    expect(client.getpeername()).toEqual(['::ffff:127.0.0.1', port]);
    expect(client.getsockname()[0]).toBe('::ffff:127.0.0.1');
  });

  it('happens once at a time, and once', async () => {
    const server = await listening();
    const client = stream();
    const first = client.connect(server.getsockname());
    await expect(client.connect(server.getsockname())).rejects.toMatchObject({ errno: 'EALREADY' });
    expect(() => client.setsockopt(C.IPPROTO_TCP, C.TCP_NODELAY, 1)).toThrow(/EALREADY/);
    await first;
    await expect(client.connect(server.getsockname())).rejects.toMatchObject({ errno: 'EISCONN' });
    await expect(client.bind(['127.0.0.1', 0])).rejects.toMatchObject({ errno: 'EINVAL' });
    await expect(client.listen()).rejects.toMatchObject({ errno: 'EISCONN' });
    await expect(client.accept()).rejects.toMatchObject({ errno: 'EINVAL' });
    await expect(client.sendto('x', server.getsockname())).rejects.toMatchObject({ errno: 'EISCONN' });
    await expect(server.connect(client.getsockname())).rejects.toMatchObject({ errno: 'EINVAL' });
    await expect(server.recv(1)).rejects.toMatchObject({ errno: 'ENOTCONN' });
    expect(() => server.getpeername()).toThrow(/ENOTCONN/);
    expect(() => stream().getpeername()).toThrow(/ENOTCONN/);
    expect(() => stream().shutdown(C.SHUT_WR)).toThrow(/ENOTCONN/);
    expect(() => client.shutdown(3 as 2)).toThrow(/SHUT_RD, SHUT_WR or SHUT_RDWR/);
    expect(stream().getsockname()).toEqual(['0.0.0.0', 0]);
  });

  it('to a host that does not answer ends by signal, time, or close', async () => {
    const to = await silentPeer();
    const { signal } = new AbortController();
    const aborted = new AbortController();
    const [first, late, closed] = [stream(), stream(), stream()];
    const connecting = first.connect(to, { signal: aborted.signal });
    late.settimeout(0.02);
    const timing = late.connect(to, { signal });
    const closing = closed.connect(to, { signal });
    aborted.abort('enough');
    await expect(connecting).rejects.toBe('enough');
    await expect(timing).rejects.toMatchObject({ code: 'SW_TIMEOUT', errno: 'ETIMEDOUT' });
    closed.close();
    await expect(closing).rejects.toMatchObject({ errno: 'EBADF' });
    for (const each of [signal, aborted.signal]) {
      expect(getEventListeners(each, 'abort')).toHaveLength(0);
    }
    // Each may be used again, but the closed one.
    const server = await listening();
    for (const one of [first, late]) await one.connect(server.getsockname());
    await expect(closed.connect(server.getsockname())).rejects.toMatchObject({ errno: 'EBADF' });
  });

  it('is refused where a Unix socket was bound, with the reason', async () => {
    const client = stream(C.AF_UNIX);
    await client.bind(join(folder, 'own.sock'));
    await expect(client.connect(join(folder, 'x.sock'))).rejects.toMatchObject({ errno: 'EOPNOTSUPP' });
  });
});

/** Lets the event loop turn: whatever the kernel has for this process has been told then. */
async function turns(count = 3): Promise<void> {
  for (let left = count; left > 0; left--) await new Promise(setImmediate);
}
