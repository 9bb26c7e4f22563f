/**
 * `setsockopt` and `getsockopt`: what is kept, and what is refused with a reason. That the kernel has it is for the tests
 * of the sockets.
 */
import { afterEach, describe, expect, it } from 'vitest';
import * as C from './constants.ts';
import { type Socket, socket } from './socket.ts';

const open: Socket[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});
function made(family: number, type: number): Socket {
  const one = socket(family, type);
  open.push(one);
  return one;
}
const set = (one: Socket, level: number, name: number, value: unknown): void =>
  one.setsockopt(level, name, value as 1);

const { AF_INET, AF_INET6, AF_UNIX, SOCK_DGRAM, SOCK_STREAM, SOL_SOCKET } = C;

it.each([
  [AF_INET, SOCK_STREAM, SOL_SOCKET, C.SO_REUSEPORT, 0, 1],
  [AF_INET, SOCK_STREAM, SOL_SOCKET, C.SO_REUSEADDR, 1, 1],
  [AF_INET, SOCK_STREAM, SOL_SOCKET, C.SO_KEEPALIVE, 0, true],
  [AF_UNIX, SOCK_STREAM, SOL_SOCKET, C.SO_KEEPALIVE, 0, 1],
  [AF_INET, SOCK_STREAM, C.IPPROTO_TCP, C.TCP_NODELAY, 0, 1],
  [AF_INET6, SOCK_STREAM, C.IPPROTO_TCP, C.TCP_KEEPIDLE, 7_200, 60],
  [AF_INET6, SOCK_STREAM, C.IPPROTO_IPV6, C.IPV6_V6ONLY, 0, 1],
  [AF_INET, SOCK_STREAM, SOL_SOCKET, C.SO_LINGER, [0, 0], [1, 0]],
  [AF_INET, SOCK_DGRAM, SOL_SOCKET, C.SO_REUSEADDR, 0, true],
  [AF_INET, SOCK_DGRAM, SOL_SOCKET, C.SO_REUSEPORT, 0, 1],
  [AF_INET, SOCK_DGRAM, SOL_SOCKET, C.SO_BROADCAST, 0, 1],
  [AF_INET, SOCK_DGRAM, C.IPPROTO_IP, C.IP_TTL, 64, 3],
  [AF_INET, SOCK_DGRAM, C.IPPROTO_IP, C.IP_MULTICAST_TTL, 1, 3],
  [AF_INET, SOCK_DGRAM, C.IPPROTO_IP, C.IP_MULTICAST_LOOP, 1, 0],
  [AF_INET6, SOCK_DGRAM, C.IPPROTO_IPV6, C.IPV6_UNICAST_HOPS, 64, 3],
  [AF_INET6, SOCK_DGRAM, C.IPPROTO_IPV6, C.IPV6_MULTICAST_HOPS, 1, 3],
  [AF_INET6, SOCK_DGRAM, C.IPPROTO_IPV6, C.IPV6_MULTICAST_LOOP, 1, 0],
  [AF_INET6, SOCK_DGRAM, C.IPPROTO_IPV6, C.IPV6_V6ONLY, 0, 1],
])('family %i, type %i: option %i/%i is %j, and then %j', (family, type, level, name, before, value) => {
  const one = made(family, type);
  expect(one.getsockopt(level, name)).toEqual(before);
  set(one, level, name, value);
  expect(one.getsockopt(level, name)).toEqual(Array.isArray(value) ? value : Number(value));
});

describe('what cannot be set is refused with the reason', () => {
  it.each([
    [AF_INET, SOCK_STREAM, SOL_SOCKET, C.SO_RCVBUF, 1, /tcp_rmem/],
    [AF_INET, SOCK_STREAM, SOL_SOCKET, C.SO_SNDBUF, 1, /tcp_wmem/],
    [AF_INET, SOCK_STREAM, SOL_SOCKET, C.SO_BROADCAST, 1, /a stream has one peer/],
    [AF_INET, SOCK_STREAM, SOL_SOCKET, C.SO_RCVTIMEO, 1, /settimeout/],
    [AF_INET, SOCK_STREAM, SOL_SOCKET, C.SO_SNDTIMEO, 1, /settimeout/],
    [AF_INET, SOCK_STREAM, SOL_SOCKET, C.SO_REUSEADDR, 0, /always on/],
    [AF_INET, SOCK_STREAM, SOL_SOCKET, C.SO_LINGER, [1, 5], /await using/],
    [AF_INET, SOCK_STREAM, C.IPPROTO_IP, C.IP_TTL, 1, /datagram sockets can/],
    [AF_INET, SOCK_STREAM, C.IPPROTO_TCP, 99, 1, /no option 99 at level 6/],
    [AF_INET, SOCK_STREAM, C.IPPROTO_IPV6, C.IPV6_V6ONLY, 1, /AF_INET sockets have no options of level 41/],
    [AF_UNIX, SOCK_STREAM, C.IPPROTO_TCP, C.TCP_NODELAY, 1, /AF_UNIX sockets have no options of level 6/],
    [AF_INET, SOCK_DGRAM, C.IPPROTO_TCP, C.TCP_NODELAY, 1, /for stream sockets/],
    [AF_INET, SOCK_DGRAM, SOL_SOCKET, C.SO_KEEPALIVE, 1, /for stream sockets/],
    [AF_INET, SOCK_DGRAM, SOL_SOCKET, C.SO_RCVTIMEO, 1, /settimeout/],
    [AF_INET, SOCK_DGRAM, C.IPPROTO_IP, 99, 1, /no option 99 at level 0/],
  ])('family %i, type %i: option %i/%i', (family, type, level, name, value, reason) => {
    const refused = expect.objectContaining({
      code: 'SW_SOCKET_UNSUPPORTED',
      errno: 'ENOPROTOOPT',
      message: expect.stringMatching(reason),
    });
    expect(() => set(made(family, type), level, name, value)).toThrow(refused);
  });

  it.each([
    [SOCK_STREAM, C.IPPROTO_TCP, C.TCP_NODELAY, [1, 2]],
    [SOCK_STREAM, C.IPPROTO_TCP, C.TCP_NODELAY, undefined],
    [SOCK_STREAM, C.IPPROTO_TCP, C.TCP_KEEPIDLE, 0],
    [SOCK_STREAM, C.IPPROTO_TCP, C.TCP_KEEPIDLE, 40_000],
    [SOCK_STREAM, SOL_SOCKET, C.SO_LINGER, 1],
    [SOCK_STREAM, SOL_SOCKET, C.SO_LINGER, null],
    [SOCK_DGRAM, SOL_SOCKET, C.SO_BROADCAST, 'yes'],
    [SOCK_DGRAM, SOL_SOCKET, C.SO_RCVBUF, 0],
    [SOCK_DGRAM, SOL_SOCKET, C.SO_RCVBUF, '64KiB'],
    [SOCK_DGRAM, C.IPPROTO_IP, C.IP_TTL, 256],
    [SOCK_DGRAM, C.IPPROTO_IP, C.IP_MULTICAST_IF, 5],
    [SOCK_DGRAM, C.IPPROTO_IP, C.IP_ADD_MEMBERSHIP, 'a group'],
    [SOCK_DGRAM, C.IPPROTO_IP, C.IP_ADD_MEMBERSHIP, null],
    [SOCK_DGRAM, C.IPPROTO_IP, C.IP_ADD_SOURCE_MEMBERSHIP, { group: '232.1.1.1' }],
  ])('type %i: option %i/%i is not %j', (type, level, name, value) => {
    const wrong = expect.objectContaining({ code: 'SW_USAGE', errno: 'EINVAL' });
    expect(() => set(made(AF_INET, type), level, name, value)).toThrow(wrong);
  });

  it('of an address once there is one', async () => {
    const one = made(AF_INET6, SOCK_STREAM);
    await one.bind(['::1', 0]);
    expect(() => set(one, SOL_SOCKET, C.SO_REUSEPORT, 1)).toThrow(/before bind/);
    expect(() => set(one, C.IPPROTO_IPV6, C.IPV6_V6ONLY, 1)).toThrow(/before bind/);
    expect(() => one.getsockopt(C.IPPROTO_IP, C.IP_TTL)).toThrow(/ENOPROTOOPT/);
  });
});
