/**
 * Datagram sockets with real UDP on loopback.
 */
import { createSocket } from 'node:dgram';
import { getEventListeners, once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import * as C from './constants.ts';
import type { DatagramSocket } from './datagram-socket.ts';
import type { InetAddress, SocketAddress } from './names.ts';
import { socket } from './socket.ts';

type Family = typeof C.AF_INET | typeof C.AF_INET6;

const open: DatagramSocket[] = [];
afterEach(() => {
  vi.restoreAllMocks();
  for (const one of open.splice(0)) one.close();
});

function udp(family: Family = C.AF_INET): DatagramSocket {
  const one = socket(family, C.SOCK_DGRAM);
  open.push(one);
  return one;
}

const loopback = (family: Family): string => (family === C.AF_INET ? '127.0.0.1' : '::1');

async function bound(family: Family = C.AF_INET): Promise<DatagramSocket> {
  const one = udp(family);
  await one.bind([loopback(family), 0]);
  return one;
}

/** The port of a socket that is no more. */
async function deadAddress(family: Family = C.AF_INET): Promise<SocketAddress> {
  await using one = await bound(family);
  return one.getsockname();
}

/** Lets the event loop turn, so that what the kernel has is here. */
async function turns(count: number): Promise<void> {
  for (let left = count; left > 0; left--) await new Promise(setImmediate);
}

describe.each([
  ['AF_INET', C.AF_INET],
  ['AF_INET6', C.AF_INET6],
] as const)('a datagram socket of %s', (_name, family) => {
  it('sends and receives, and knows who sent', async () => {
    const [server, client] = [await bound(family), udp(family)];
    expect(await client.sendto('hello', server.getsockname())).toBe(5);
    const [data, peer] = await server.recvfrom(512);
    expect([data.toString(), peer]).toEqual([
      'hello',
      [loopback(family), (client.getsockname() as InetAddress)[1]],
    ]);
    await server.sendto(Buffer.from('HELLO'), peer);
    expect(await client.recvfrom(512)).toEqual([Buffer.from('HELLO'), server.getsockname()]);
  });

  it('keeps datagrams whole and apart, the smallest and the largest too', async () => {
    const [server, client] = [await bound(family), udp(family)];
    const most = family === C.AF_INET ? 65_507 : 65_527;
    for (const size of [3, 0, most]) await client.sendto(Buffer.alloc(size, size), server.getsockname());
    for (const size of [3, 0, most]) {
      expect((await server.recv(65_535)).equals(Buffer.alloc(size, size))).toBe(true);
    }
    await expect(client.sendto(Buffer.alloc(most + 1), server.getsockname())).rejects.toMatchObject({
      code: 'SW_NETWORK',
      errno: 'EMSGSIZE',
      message: expect.stringContaining(`${most + 1} bytes are too many for one datagram`),
    });
    expect(server.dropped).toBe(0);
  });

  it('cuts what is longer than was asked for, and counts it', async () => {
    const [server, client] = [await bound(family), udp(family)];
    const waiting = server.recv(4);
    for (const text of ['long one', 'another', 'ok']) await client.sendto(text, server.getsockname());
    expect([await waiting, await server.recv(0), await server.recv(2)].map(String)).toEqual([
      'long',
      '',
      'ok',
    ]);
    expect(server.truncated).toBe(2);
  });

  it('connected, has one peer, and hears that it is gone', async () => {
    const [server, client, stranger] = [await bound(family), udp(family), udp(family)];
    await client.connect(server.getsockname());
    expect(client.getpeername()).toEqual(server.getsockname());
    await client.sendall('hello');
    const [, peer] = await server.recvfrom(512);
    await stranger.sendto('not for you', client.getsockname());
    await server.sendto('for you', peer);
    expect(String(await client.recv(512))).toBe('for you');
    await expect(client.sendto('x', server.getsockname())).rejects.toMatchObject({ errno: 'EISCONN' });
    await server[Symbol.asyncDispose]();
    const refused = { code: 'SW_UNREACHABLE', errno: 'ECONNREFUSED' };
    const waiting = client.recv(512);
    await client.send('anyone?');
    await expect(waiting).rejects.toMatchObject(refused);
    // Where nobody waits, the next call tells it, once.
    await client.send('anyone?');
    await turns(3);
    await expect(client.recv(512)).rejects.toMatchObject(refused);
    client.settimeout(0);
    await expect(client.recv(512)).rejects.toMatchObject({ errno: 'EAGAIN' });
    // It may have another peer.
    const other = await bound(family);
    await client.connect(other.getsockname());
    await client.send('hello');
    expect(String(await other.recv(512))).toBe('hello');
  });

  it('gives its datagrams to a loop, until it is closed', async () => {
    const [server, client] = [await bound(family), udp(family)];
    for (const text of ['one', 'two', 'three']) await client.sendto(text, server.getsockname());
    const got: string[] = [];
    for await (const [data, [host]] of server) {
      got.push(`${data} from ${host}`);
      if (got.length === 3) server.close();
    }
    expect(got).toEqual(['one', 'two', 'three'].map(text => `${text} from ${loopback(family)}`));
  });

  it('is of no use once it is closed', async () => {
    const one = await bound(family);
    const waiting = [one.recv(1), one.recv(1)];
    const at = one.getsockname();
    one.close();
    one.close();
    const ebadf = { code: 'SW_CLOSED', errno: 'EBADF' };
    for (const call of waiting) await expect(call).rejects.toMatchObject(ebadf);
    for (const call of [
      () => one.bind(at),
      () => one.connect(at),
      () => one.recvfrom(1),
      () => one.recv(1),
      () => one.sendto('x', at),
      () => one.send('x'),
      async () => one.shutdown(C.SHUT_WR),
      async () => one.getsockname(),
      async () => one.getpeername(),
      async () => one.setsockopt(C.SOL_SOCKET, C.SO_BROADCAST, 1),
      async () => one.getsockopt(C.SOL_SOCKET, C.SO_BROADCAST),
    ]) {
      await expect(call(), String(call)).rejects.toMatchObject(ebadf);
    }
    expect(await one.datagrams().next()).toMatchObject({ done: true });
  });
});

describe('bind', () => {
  it.each([
    ['', '0.0.0.0'],
    ['localhost', '127.0.0.1'],
  ])('%j is %s', async (host, at) => {
    const one = udp();
    await one.bind([host, 0]);
    expect(one.getsockname()).toEqual([at, expect.any(Number)]);
    await expect(one.bind([host, 0])).rejects.toMatchObject({ errno: 'EINVAL' });
  });

  it('names the process that holds the port, and may be tried again', async () => {
    const [one, other] = [await bound(), udp()];
    await expect(other.bind(one.getsockname())).rejects.toMatchObject({
      code: 'SW_ADDRESS_IN_USE',
      errno: 'EADDRINUSE',
      message: expect.stringContaining(`process ${process.pid}`),
    });
    await expect(other.bind(['192.0.2.1', 0])).rejects.toMatchObject({ errno: 'EADDRNOTAVAIL' });
    await expect(other.bind(['no-such-host.invalid', 0])).rejects.toMatchObject({ code: 'SW_UNKNOWN_HOST' });
    await other.bind(['127.0.0.1', 0]);
  });

  it('and its waiting calls end when the socket is closed', async () => {
    for (const host of ['127.0.0.1', 'localhost']) {
      const one = udp();
      const [binding, reading] = [one.bind([host, 0]), one.recv(1)];
      one.close();
      for (const end of await Promise.allSettled([binding, reading])) {
        expect(end).toMatchObject({ status: 'rejected', reason: { errno: 'EBADF' } });
      }
    }
  });

  it('of a socket that is closed meanwhile does not hold up connect and sendto', async () => {
    const server = await bound();
    const calls: readonly ((one: DatagramSocket) => Promise<unknown>)[] = [
      one => one.connect(server.getsockname()),
      one => one.sendto('x', server.getsockname()),
      one => one.sendto('x', ['localhost', 9]),
    ];
    for (const call of calls) {
      for (let wait = 0; wait < 10; wait++) {
        for (const one of [udp(), await bound()]) {
          const calling = call(one).then(
            () => 'done',
            (error: { errno: string }) => error.errno,
          );
          for (let left = wait; left > 0; left--) await undefined;
          one.close();
          // It may have done its work already.
          expect(await calling, `${call} after ${wait}`).toMatch(/^(done|EBADF)$/);
        }
      }
    }
  });

  it('tells a failure to the calls that bind by themselves', async () => {
    const one = udp();
    one.setsockopt(C.IPPROTO_IP, C.IP_ADD_MEMBERSHIP, { group: '10.0.0.1' });
    await expect(one.recv(1)).rejects.toMatchObject({ errno: 'EINVAL' });
    await expect(one.sendto('x', ['127.0.0.1', 9])).rejects.toMatchObject({ errno: 'EINVAL' });
  });
});

describe('recvfrom', () => {
  it('is answered in order, and gives up by time or signal', async () => {
    const [server, client] = [await bound(), udp()];
    const { signal } = new AbortController();
    const aborted = new AbortController();
    const calls = [server.recv(9), server.recv(9, { signal: aborted.signal }), server.recv(9, { signal })];
    aborted.abort('enough');
    await expect(calls[1]).rejects.toBe('enough');
    for (const text of ['a', 'b', 'c']) await client.sendto(text, server.getsockname());
    expect([await calls[0], await calls[2], await server.recv(9)].map(String)).toEqual(['a', 'b', 'c']);
    server.settimeout(0.01);
    await expect(server.recvfrom(9, { signal })).rejects.toMatchObject({
      code: 'SW_TIMEOUT',
      errno: 'ETIMEDOUT',
    });
    server.settimeout(0);
    await expect(server.recvfrom(9)).rejects.toMatchObject({ errno: 'EAGAIN' });
    await client.sendto('d', server.getsockname());
    await expect(server.recvfrom(9, { signal: AbortSignal.abort('no') })).rejects.toBe('no');
    for (const each of [signal, aborted.signal]) {
      expect(getEventListeners(each, 'abort')).toHaveLength(0);
    }
    await expect(server.recvfrom(-1)).rejects.toMatchObject({ code: 'SW_USAGE' });
  });

  it('lets datagrams that nobody reads wait up to a limit, and counts those beyond it', async () => {
    const server = await bound();
    const client = udp();
    const size = 60_000;
    let sent = 0;
    while (server.dropped === 0) {
      await client.sendto(Buffer.alloc(size), server.getsockname());
      await turns(1);
      sent++;
    }
    const kept = sent - server.dropped;
    expect(kept * size).toBeGreaterThan(4e6);
    expect(kept * size).toBeLessThan(4.4e6);
    for (let count = 0; count < kept; count++) expect(await server.recv(65_535)).toHaveLength(size);
    // There is room again.
    await client.sendto('x', server.getsockname());
    expect(await server.recv(65_535)).toHaveLength(1);
  });

  it('has the limit of SO_RCVBUF where that is set', async () => {
    const [server, client] = [udp(), udp()];
    server.setsockopt(C.SOL_SOCKET, C.SO_RCVBUF, 8_192);
    await server.bind(['127.0.0.1', 0]);
    // The kernel takes double (socket(7)).
    expect(server.getsockopt(C.SOL_SOCKET, C.SO_RCVBUF)).toBe(16_384);
    for (let sent = 0; server.dropped === 0 && sent < 100; sent++) {
      await client.sendto(Buffer.alloc(1_000), server.getsockname());
      await turns(1);
    }
    expect(server.dropped).toBe(1);
    server.setsockopt(C.SOL_SOCKET, C.SO_RCVBUF, 65_536);
    await client.sendto('x', server.getsockname());
    await turns(3);
    expect(server.dropped).toBe(1);
  });

  it('ends after SHUT_RD, once what waits is read', async () => {
    const [server, client] = [await bound(), udp()];
    await client.sendto('', server.getsockname());
    expect(() => server.shutdown(C.SHUT_RD)).toThrow(/ENOTCONN/);
    await server.connect(client.getsockname());
    for (const text of ['one', '', 'two']) await client.sendto(text, server.getsockname());
    await turns(3);
    server.shutdown(C.SHUT_RD);
    const got: string[] = [];
    for await (const [data] of server) got.push(data.toString());
    expect(got).toEqual(['', 'one', '', 'two']);
    expect(await server.recv(9)).toHaveLength(0);
    server.shutdown(C.SHUT_WR);
    await expect(server.send('x')).rejects.toMatchObject({ errno: 'EPIPE' });
    await expect(server.sendto('x', client.getsockname())).rejects.toMatchObject({ errno: 'EPIPE' });
  });

  it('at :: hears IPv4 peers, unless IPV6_V6ONLY is set', async () => {
    const both = udp(C.AF_INET6);
    await both.bind(['', 0]);
    const [, port] = both.getsockname() as InetAddress;
    const client = await bound();
    await client.sendto('hello', ['127.0.0.1', port]);
    const [, peer] = await both.recvfrom(9);
    expect(peer).toEqual(['::ffff:127.0.0.1', (client.getsockname() as InetAddress)[1]]);
    await both.sendto('a', peer);
    await both.sendto('b', client.getsockname());
    expect([await client.recv(9), await client.recv(9)].map(String)).toEqual(['a', 'b']);

    const only = udp(C.AF_INET6);
    only.setsockopt(C.IPPROTO_IPV6, C.IPV6_V6ONLY, 1);
    await only.bind(['', 0]);
    const sender = udp();
    await sender.connect(['127.0.0.1', (only.getsockname() as InetAddress)[1]]);
    await sender.send('nobody');
    await expect(sender.recv(9)).rejects.toMatchObject({ errno: 'ECONNREFUSED' });
  });
});

describe('sendto', () => {
  it('looks names up, and again after a minute', async () => {
    const [server, client] = [await bound(), udp()];
    const [, port] = server.getsockname() as InetAddress;
    const now = vi.spyOn(performance, 'now').mockReturnValue(0);
    for (const ms of [0, 59_000, 61_000]) {
      now.mockReturnValue(ms);
      await client.sendto(String(ms), ['localhost', port]);
      expect(String(await server.recv(9))).toBe(String(ms));
    }
    await expect(client.sendto('x', ['no-such-host.invalid', port])).rejects.toMatchObject({
      code: 'SW_UNKNOWN_HOST',
    });
  });

  it.each([
    ['x', ['127.0.0.1', 0], 'SW_USAGE'],
    ['x', ['::1', 9], 'SW_USAGE'],
    ['x', '/a/path', 'SW_USAGE'],
    [5, ['127.0.0.1', 9], 'SW_USAGE'],
  ])('refuses %j to %j', async (data, address, code) => {
    const one = udp();
    for (let times = 0; times < 2; times++) {
      await expect(one.sendto(data as string, address as unknown as InetAddress)).rejects.toMatchObject({
        code,
      });
    }
    await expect(one.send('x')).rejects.toMatchObject({ errno: 'ENOTCONN' });
    await expect(one.connect(['127.0.0.1', 0])).rejects.toMatchObject({ code: 'SW_USAGE' });
    expect(() => one.getpeername()).toThrow(/ENOTCONN/);
    expect(one.getsockname()).toEqual(['0.0.0.0', 0]);
  });

  it('is aborted by a signal, and leaves no listener', async () => {
    const one = udp();
    const to = await deadAddress();
    const { signal } = new AbortController();
    await one.sendto('x', to, { signal });
    await one.connect(to, { signal });
    await one.send('x', { signal });
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    const no = AbortSignal.abort('no');
    for (const call of [
      () => one.sendto('x', to, { signal: no }),
      () => one.send('x', { signal: no }),
      () => one.sendall('x', { signal: no }),
      () => one.connect(to, { signal: no }),
      () => udp().bind(['127.0.0.1', 0], { signal: no }),
    ]) {
      await expect(call(), String(call)).rejects.toBe('no');
    }
  });

  it('to everybody needs SO_BROADCAST', async () => {
    const one = udp();
    await expect(one.sendto('x', ['<broadcast>', 9])).rejects.toMatchObject({
      code: 'SW_PERMISSION',
      errno: 'EACCES',
      message: expect.stringContaining('set SO_BROADCAST first'),
    });
    one.setsockopt(C.SOL_SOCKET, C.SO_BROADCAST, 1);
    expect(one.getsockopt(C.SOL_SOCKET, C.SO_BROADCAST)).toBe(1);
    // To everybody on the loopback network: this machine.
    const server = udp();
    await server.bind(['', 0]);
    await one.sendto('hello', ['127.255.255.255', (server.getsockname() as InetAddress)[1]]);
    expect(String(await server.recv(9))).toBe('hello');
  });
});

describe('options', () => {
  it('of a group: several receivers of one port, through the loopback interface', async () => {
    const group = '239.255.83.87';
    const receivers = [udp(), udp()];
    let port = 0;
    for (const one of receivers) {
      one.setsockopt(C.SOL_SOCKET, C.SO_REUSEADDR, 1);
      one.setsockopt(C.IPPROTO_IP, C.IP_ADD_MEMBERSHIP, { group, interface: '127.0.0.1' });
      await one.bind(['', port]);
      [, port] = one.getsockname() as InetAddress;
    }
    const sender = udp();
    sender.setsockopt(C.IPPROTO_IP, C.IP_MULTICAST_IF, '127.0.0.1');
    sender.setsockopt(C.IPPROTO_IP, C.IP_MULTICAST_TTL, 1);
    await sender.sendto('to all', [group, port]);
    for (const one of receivers) expect(String(await one.recv(9))).toBe('to all');
    // Who leaves hears no more: what it hears next is for it alone.
    receivers[0]?.setsockopt(C.IPPROTO_IP, C.IP_DROP_MEMBERSHIP, { group, interface: '127.0.0.1' });
    await sender.sendto('to one', [group, port]);
    expect(String(await receivers[1]?.recv(9))).toBe('to one');
    expect(readFileSync('/proc/net/igmp', 'utf8')).toContain('5753FFEF');
    receivers[1]?.setsockopt(C.IPPROTO_IP, C.IP_DROP_MEMBERSHIP, { group, interface: '127.0.0.1' });
    expect(readFileSync('/proc/net/igmp', 'utf8')).not.toContain('5753FFEF');
  });

  // The loopback interface has no IPv6 groups to send to, but may be a member.
  it('of a group in AF_INET6', async () => {
    const isMember = (): boolean =>
      /\slo\s+ff010000000000000000000000005753/.test(readFileSync('/proc/net/igmp6', 'utf8'));
    const one = udp(C.AF_INET6);
    one.setsockopt(C.IPPROTO_IPV6, C.IPV6_MULTICAST_IF, '::%lo');
    one.setsockopt(C.IPPROTO_IPV6, C.IPV6_MULTICAST_HOPS, 1);
    one.setsockopt(C.IPPROTO_IPV6, C.IPV6_MULTICAST_LOOP, 0);
    await one.bind(['', 0]);
    const membership = { group: 'ff01::5753', interface: '::%lo' };
    one.setsockopt(C.IPPROTO_IPV6, C.IPV6_JOIN_GROUP, membership);
    expect(isMember()).toBe(true);
    one.setsockopt(C.IPPROTO_IPV6, C.IPV6_LEAVE_GROUP, membership);
    expect(isMember()).toBe(false);
  });

  it('of a source: only its datagrams come', async () => {
    const group = '232.1.83.87';
    const receiver = udp();
    await receiver.bind(['', 0]);
    const wanted = { group, source: '127.0.0.1', interface: '127.0.0.1' };
    receiver.setsockopt(C.IPPROTO_IP, C.IP_ADD_SOURCE_MEMBERSHIP, wanted);
    const [, port] = receiver.getsockname() as InetAddress;
    for (const host of ['127.0.0.2', '127.0.0.1']) {
      const sender = udp();
      await sender.bind([host, 0]);
      sender.setsockopt(C.IPPROTO_IP, C.IP_MULTICAST_IF, '127.0.0.1');
      await sender.sendto(host, [group, port]);
    }
    expect(String(await receiver.recv(20))).toBe('127.0.0.1');
    receiver.setsockopt(C.IPPROTO_IP, C.IP_DROP_SOURCE_MEMBERSHIP, wanted);
  });

  it('of a number are checked, and known before they are set', async () => {
    const one = await bound();
    expect(one.getsockopt(C.IPPROTO_IP, C.IP_TTL)).toBe(64);
    one.setsockopt(C.IPPROTO_IP, C.IP_TTL, 1);
    expect(one.getsockopt(C.IPPROTO_IP, C.IP_TTL)).toBe(1);
    for (const wrong of [0, 256, 1.5, '1']) {
      expect(() => one.setsockopt(C.IPPROTO_IP, C.IP_TTL, wrong)).toThrow(/from 1 to 255/);
    }
    await one.sendto('x', one.getsockname());
    expect(String(await one.recv(9))).toBe('x');
  });

  it('of buffers are doubled by the kernel, and known once there is an address', async () => {
    const one = udp();
    expect(() => one.getsockopt(C.SOL_SOCKET, C.SO_SNDBUF)).toThrow(/once the socket has an address/);
    one.setsockopt(C.SOL_SOCKET, C.SO_SNDBUF, 10_000);
    expect(one.getsockopt(C.SOL_SOCKET, C.SO_SNDBUF)).toBe(10_000);
    await one.bind(['127.0.0.1', 0]);
    expect(one.getsockopt(C.SOL_SOCKET, C.SO_SNDBUF)).toBe(20_000);
    one.setsockopt(C.SOL_SOCKET, C.SO_SNDBUF, 20_000);
    expect(one.getsockopt(C.SOL_SOCKET, C.SO_SNDBUF)).toBe(40_000);
  });

  it('of an address come before it', async () => {
    const one = udp();
    const binding = one.bind(['127.0.0.1', 0]);
    expect(() => one.setsockopt(C.SOL_SOCKET, C.SO_BROADCAST, 1)).toThrow(/wait for bind/);
    await binding;
    expect(() => one.setsockopt(C.SOL_SOCKET, C.SO_REUSEADDR, 1)).toThrow(/before bind/);
  });

  it('SO_REUSEPORT shares a port', async () => {
    const [one, other] = [udp(), udp()];
    for (const each of [one, other]) each.setsockopt(C.SOL_SOCKET, C.SO_REUSEPORT, 1);
    await one.bind(['127.0.0.1', 0]);
    await other.bind(one.getsockname());
    expect(other.getsockname()).toEqual(one.getsockname());
  });
});

it('a datagram socket speaks with one of Node.js', async () => {
  const raw = createSocket('udp4').bind(0, '127.0.0.1');
  await once(raw, 'listening');
  const one = udp();
  await one.sendto('hello', ['127.0.0.1', raw.address().port]);
  const [data, from] = (await once(raw, 'message')) as [Buffer, { address: string; port: number }];
  raw.send(data, from.port, from.address);
  expect(String(await one.recv(9))).toBe('hello');
  raw.close();
});
