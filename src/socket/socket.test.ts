import { afterEach, describe, expect, it } from 'vitest';
import * as C from './constants.ts';
import { create_connection, create_server } from './dial.ts';
import type { InetAddress } from './names.ts';
import { socket } from './socket.ts';
import { StreamSocket } from './stream-socket.ts';

const open: Disposable[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one[Symbol.dispose]();
});
function keep<T extends Disposable>(one: T): T {
  open.push(one);
  return one;
}

describe('socket', () => {
  it('is a stream of AF_INET where nothing is said', () => {
    const one = keep(socket());
    expect([one.family, one.type, one.closed]).toEqual([C.AF_INET, C.SOCK_STREAM, false]);
    expect(one).toBeInstanceOf(StreamSocket);
  });

  it.each([
    [C.AF_INET, C.SOCK_RAW, 'ESOCKTNOSUPPORT', 'to see packets, record them with tcpdump'],
    [C.AF_INET, C.SOCK_SEQPACKET, 'ESOCKTNOSUPPORT', 'use SOCK_STREAM with a length before each message'],
    [C.AF_UNIX, C.SOCK_SEQPACKET, 'ESOCKTNOSUPPORT', 'use SOCK_STREAM'],
    [C.AF_INET6, C.SOCK_RDM, 'ESOCKTNOSUPPORT', 'use SOCK_STREAM'],
    [C.AF_UNIX, C.SOCK_DGRAM, 'ESOCKTNOSUPPORT', 'Node.js has no Unix datagram sockets: use SOCK_STREAM'],
    [C.AF_INET, 77, 'ESOCKTNOSUPPORT', 'no socket type 77'],
    [17, C.SOCK_STREAM, 'EAFNOSUPPORT', 'AF_INET, AF_INET6 and AF_UNIX are there'],
    [C.AF_UNSPEC, C.SOCK_STREAM, 'EAFNOSUPPORT', 'no address family 0'],
  ])('refuses family %i, type %i', (family, type, errno, message) => {
    expect(() => socket(family, type)).toThrow(
      expect.objectContaining({
        code: 'SW_SOCKET_UNSUPPORTED',
        errno,
        message: expect.stringContaining(message),
      }),
    );
  });

  it('of datagrams neither listens nor accepts', async () => {
    const one = keep(socket(C.AF_INET, C.SOCK_DGRAM));
    const refused = { code: 'SW_SOCKET_UNSUPPORTED', errno: 'EOPNOTSUPP' };
    await expect(one.listen()).rejects.toMatchObject(refused);
    await expect(one.accept()).rejects.toMatchObject(refused);
    expect([one.getsockopt(C.SOL_SOCKET, C.SO_TYPE), one.getsockopt(C.SOL_SOCKET, C.SO_DOMAIN)]).toEqual([
      C.SOCK_DGRAM,
      C.AF_INET,
    ]);
  });
});

describe('create_server and create_connection', () => {
  it('are a server and a client in a line each', async () => {
    const server = keep(await create_server(['', 0]));
    const [, port] = server.getsockname() as InetAddress;
    const client = keep(await create_connection(['localhost', port]));
    for await (const [connection, peer] of server) {
      expect(peer).toEqual(client.getsockname());
      await connection.sendall('Thank you for connecting\n');
      connection.close();
      break;
    }
    expect(client.getpeername()).toEqual(['127.0.0.1', port]);
    expect(String(await client.readline())).toBe('Thank you for connecting\n');
    const url = keep(await create_connection(`tcp://127.0.0.1:${port}`));
    expect(url.family).toBe(C.AF_INET);
    expect(url.getsockopt(C.IPPROTO_TCP, C.TCP_NODELAY)).toBe(0);
  });

  it('take IPv4 peers at IPv6 only where they are told to', async () => {
    const both = keep(await create_server(['', 0], { family: C.AF_INET6, dualstack_ipv6: true }));
    const only = keep(await create_server(['', 0], { family: C.AF_INET6 }));
    const at = (one: typeof both): InetAddress => ['127.0.0.1', Number(one.getsockname()[1])];
    keep(await create_connection(at(both)));
    await expect(create_connection(at(only))).rejects.toMatchObject({ errno: 'ECONNREFUSED' });
  });

  it('say what is wrong', async () => {
    await expect(create_server(['192.0.2.1', 0])).rejects.toMatchObject({ code: 'SW_ADDRESS_NOT_AVAILABLE' });
    await expect(create_connection(['127.0.0.1', -1])).rejects.toMatchObject({ code: 'SW_USAGE' });
    await expect(create_connection('udp://127.0.0.1:9')).rejects.toMatchObject({ errno: 'EOPNOTSUPP' });
    await expect(create_connection('nonsense')).rejects.toMatchObject({ code: 'SW_BAD_URL' });
    await expect(create_connection(['127.0.0.1', 9], { signal: AbortSignal.abort('no') })).rejects.toBe('no');
  });

  it('share a port where they are told to', async () => {
    const one = keep(await create_server(['127.0.0.1', 0], { reuse_port: true }));
    const other = keep(await create_server(one.getsockname() as InetAddress, { reuse_port: true }));
    expect(other.getsockname()).toEqual(one.getsockname());
  });
});
