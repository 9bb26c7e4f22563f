/**
 * Stream sockets of Node.js before 26.4, which has no `net.BoundSocket`: binding happens in `listen` and `connect`.
 */
import { afterEach, expect, it, vi } from 'vitest';
import * as C from './constants.ts';
import type { InetAddress } from './names.ts';
import { socket } from './socket.ts';
import type { StreamSocket } from './stream-socket.ts';

vi.mock('node:net', async original => ({ ...(await original<object>()), BoundSocket: undefined }));

const open: StreamSocket[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

function stream(): StreamSocket {
  const one = socket(C.AF_INET, C.SOCK_STREAM);
  open.push(one);
  return one;
}

it('bind knows the port that the system picks once the socket listens', async () => {
  const server = stream();
  await server.bind(['127.0.0.1', 0]);
  expect(server.getsockname()).toEqual(['127.0.0.1', 0]);
  await server.listen();
  const [, port] = server.getsockname() as InetAddress;
  expect(port).toBeGreaterThan(0);
  await stream().connect(['127.0.0.1', port]);
});

it('a taken port is told by listen and accept', async () => {
  const [server, other] = [stream(), stream()];
  await server.listen();
  const [, port] = server.getsockname() as InetAddress;
  await other.bind(['127.0.0.1', port]);
  const inUse = { code: 'SW_ADDRESS_IN_USE', errno: 'EADDRINUSE' };
  await expect(other.listen()).rejects.toMatchObject({
    ...inUse,
    message: expect.stringContaining(`process ${process.pid}`),
  });
  await expect(other.accept()).rejects.toMatchObject(inUse);
});

it('connect comes from the address that was bound, and names it where it is taken', async () => {
  const server = stream();
  await server.bind(['127.0.0.1', 0]);
  await server.listen();
  const [client, second, elsewhere] = [stream(), stream(), stream()];
  await client.bind(['127.0.0.2', 0]);
  await client.connect(server.getsockname());
  const [host, port] = client.getsockname() as InetAddress;
  expect(host).toBe('127.0.0.2');
  const listener = stream();
  await listener.bind(['127.0.0.3', 0]);
  await listener.listen();
  await second.bind(listener.getsockname());
  await expect(second.connect(server.getsockname())).rejects.toMatchObject({
    code: 'SW_ADDRESS_IN_USE',
    message: expect.stringContaining('tcp://127.0.0.3:'),
  });
  await elsewhere.bind(['192.0.2.1', port]);
  await expect(elsewhere.connect(server.getsockname())).rejects.toMatchObject({
    code: 'SW_ADDRESS_NOT_AVAILABLE',
    message: expect.stringContaining('tcp://192.0.2.1:'),
  });
});
