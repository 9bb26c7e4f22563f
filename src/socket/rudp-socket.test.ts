/**
 * What the system says of datagrams that went, and what that means to a connection. Real sockets on loopback.
 */
import type { Socket } from 'node:dgram';
import { afterEach, describe, expect, it } from 'vitest';
import type { NetworkError } from '../errors/errors.ts';
import { parseAddress, type RudpAddress } from './address.ts';
import type { Connection } from './connection.ts';
import { listenAt } from './open.ts';
import type { RudpConnection } from './rudp-connection.ts';
import { RudpSocket } from './rudp-socket.ts';
import { connectUdp, udpSocket } from './udp-socket.ts';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A client that connects to a listener which says hello, and the socket below it. */
class Client {
  readonly received: string[] = [];
  readonly closed = Promise.withResolvers<NetworkError | undefined>();
  readonly heard = Promise.withResolvers<void>();
  socket!: Socket;
  connection!: RudpConnection;
  accepted: Connection | undefined;

  async connect(): Promise<this> {
    const listener = await listenAt(parseAddress('rudp://127.0.0.1:0'), connection => {
      this.accepted = connection;
      cleanUps.push(() => connection.abort());
      return {
        onReceive: bytes => void connection.send(bytes),
        onDrain: () => undefined,
        onClose: () => undefined,
      };
    });
    cleanUps.push(() => listener.close());
    const address = parseAddress(listener.urls[0] as string) as RudpAddress;
    this.socket = udpSocket(4);
    await connectUdp(this.socket, address.host, address.port);
    this.connection = new RudpSocket(this.socket, address).connect(
      {
        onReceive: bytes => {
          this.received.push(bytes.toString());
          this.heard.resolve();
        },
        onDrain: () => undefined,
        onClose: error => this.closed.resolve(error),
      },
      address,
    );
    cleanUps.push(() => this.connection.abort());
    return this;
  }

  /** Until a message has come back. */
  async open(): Promise<this> {
    this.connection.send(Buffer.from('hello'));
    await this.heard.promise;
    return this;
  }

  fails(code: string): void {
    this.socket.emit('error', Object.assign(new Error(code), { code }));
  }
}

describe('an open connection', () => {
  it('ends where the port is unreachable', async () => {
    const client = await (await new Client().connect()).open();
    client.fails('ECONNREFUSED');
    expect(await client.closed.promise).toMatchObject({ code: 'SW_UNREACHABLE', errno: 'ECONNREFUSED' });
    expect(client.connection.send(Buffer.from('too late'))).toBe(true);
  });

  it.each(['EMSGSIZE', 'ENETUNREACH', 'EHOSTUNREACH', 'EPERM'])(
    'takes a datagram that the system refuses for lost (%s)',
    async code => {
      const client = await (await new Client().connect()).open();
      client.fails(code);
      client.accepted?.send(Buffer.from('still there'));
      client.accepted?.close();
      expect(await client.closed.promise).toBeUndefined();
      expect(client.received).toEqual(['hello', 'still there']);
    },
  );

  it('gives what came before it was cut off, also to who has paused', async () => {
    const client = await (await new Client().connect()).open();
    client.connection.pause();
    client.accepted?.send(Buffer.from('before'));
    while (client.connection.path.bytesHeld === 0)
      await new Promise(resolve => client.socket.once('message', resolve));
    client.fails('ECONNREFUSED');
    expect(await client.closed.promise).toMatchObject({ errno: 'ECONNREFUSED' });
    expect(client.received).toEqual(['hello', 'before']);
  });
});

describe('a client that connects', () => {
  it.each(['ECONNREFUSED', 'ENETUNREACH', 'EPERM'])('fails at once (%s)', async errno => {
    const client = await new Client().connect();
    client.fails(errno);
    await expect(client.connection.ready).rejects.toMatchObject({ errno });
  });

  it('goes on where a datagram was too large', async () => {
    const client = await new Client().connect();
    client.fails('EMSGSIZE');
    await client.open();
    expect(client.received).toEqual(['hello']);
  });
});
