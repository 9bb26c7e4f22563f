import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { dropsAtPort, socketsAtPort } from './own-port.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

it('the sockets of a port are those bound to it, not their peers', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const accepted = once(server, 'connection');
  const client = connect(port, '127.0.0.1');
  const [peer] = await accepted;
  closing.push(
    () => server.close(),
    () => client.destroy(),
    () => peer.destroy(),
  );
  expect(
    socketsAtPort('tcp', port)
      .map(({ state }) => state)
      .sort(),
  ).toEqual(['ESTABLISHED', 'LISTEN']);
  expect(socketsAtPort('udp', port)).toEqual([]);
});

it('drops are those of the sockets that nobody reads', async () => {
  const full = createSocket({ type: 'udp4', recvBufferSize: 1 }).bind(0, '127.0.0.1');
  await once(full, 'listening');
  const { port } = full.address();
  const sender = createSocket('udp4');
  closing.push(
    () => full.close(),
    () => sender.close(),
  );
  expect(dropsAtPort(port)).toBe(0);
  // They are given to the system at once, before this process reads any.
  const sent = Array.from({ length: 50 }, () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    sender.send(Buffer.alloc(1_000), port, '127.0.0.1', () => resolve());
    return promise;
  });
  await Promise.all(sent);
  const drops = dropsAtPort(port);
  expect(drops).toBeGreaterThan(0);
  expect([dropsAtPort(port, '127.0.0.1'), dropsAtPort(port, '127.0.0.2')]).toEqual([drops, 0]);
});
