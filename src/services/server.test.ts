/**
 * The server around the services, over real sockets; time moves by hand.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { connect as rawConnect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { parseAddress } from '../socket/address.ts';
import { AF_INET } from '../socket/constants.ts';
import { DatagramSocket, type Received } from '../socket/datagram-socket.ts';
import { create_connection } from '../socket/dial.ts';
import type { StreamSocket } from '../socket/stream-socket.ts';
import { RudpSocketPeer } from '../testing/rudp-socket-peer.ts';
import { ManualClock } from '../time/manual-clock.ts';
import { chatService } from './chat.ts';
import { echoService } from './echo.ts';
import { greetService } from './greet.ts';
import { httpService } from './http/http-service.ts';
import { END_WITHIN_US, MOST_BEING_REFUSED } from './limits.ts';
import type { ServerNotice } from './notices.ts';
import { ServiceServer, type ServiceServerOptions } from './server.ts';
import type { Service } from './service.ts';
import { type StructRecord, structService } from './struct-records.ts';
import { upperService } from './upper.ts';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

class TestServer {
  readonly clock = new ManualClock();
  readonly notices: ServerNotice[] = [];
  readonly server: ServiceServer;
  url = '';
  #heard = Promise.withResolvers<void>();

  constructor(service: Service, options: Partial<ServiceServerOptions> = {}) {
    const onNotice = (notice: ServerNotice): void => {
      this.notices.push(notice);
      this.#heard.resolve();
      this.#heard = Promise.withResolvers();
    };
    this.server = new ServiceServer({ clock: this.clock, service, onNotice, ...options });
    cleanUps.push(() => this.stop());
  }

  async listen(url = 'tcp://127.0.0.1:0'): Promise<this> {
    [this.url = ''] = await this.server.listen(parseAddress(url));
    return this;
  }

  /** Stops, however long its clients take. */
  async stop(): Promise<void> {
    const stopped = this.server.stop();
    // Listeners close first.
    await new Promise(resolve => setImmediate(resolve));
    this.clock.advance(END_WITHIN_US);
    await stopped;
  }

  /** The `nth` notice of a type. */
  async notice<T extends ServerNotice['type']>(
    type: T,
    nth = 1,
  ): Promise<Extract<ServerNotice, { type: T }>> {
    for (;;) {
      const found = this.notices.filter(notice => notice.type === type)[nth - 1];
      if (found !== undefined) return found as Extract<ServerNotice, { type: T }>;
      await this.#heard.promise;
    }
  }

  async client(): Promise<StreamSocket> {
    const socket = await create_connection(this.url);
    cleanUps.push(() => socket[Symbol.asyncDispose]());
    return socket;
  }

  /** A socket of Node.js, which can misbehave. */
  rawClient(): Socket {
    const { port } = parseAddress(this.url) as { port: number };
    const socket = rawConnect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', () => undefined);
    cleanUps.push(() => socket.destroy());
    return socket;
  }

  async datagrams(): Promise<{ socket: DatagramSocket; ask(bytes: string | Buffer): Promise<Received> }> {
    const socket = new DatagramSocket(AF_INET);
    cleanUps.push(() => socket.close());
    const { host, port } = parseAddress(this.url) as { host: string; port: number };
    const ask = async (bytes: string | Buffer): Promise<Received> => {
      await socket.sendto(bytes, [host, port]);
      return socket.recvfrom(65_535);
    };
    return { socket, ask };
  }
}

const serve = (service: Service, options?: Partial<ServiceServerOptions>): TestServer =>
  new TestServer(service, options);

async function rest(socket: StreamSocket): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of socket.chunks()) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

describe('an empty message', () => {
  it('is not the end of a conversation over reliable UDP', async () => {
    const one = await serve(echoService).listen('rudp://127.0.0.1:0');
    const client = await RudpSocketPeer.connect(one.url);
    cleanUps.push(() => client.close());
    client.send('');
    client.send('data');
    await client.until(() => client.messages.includes('data'));
    client.end();
    await client.until(() => client.events.some(({ type }) => type === 'closed'));
    expect(client.messages).toEqual(['data']);
    expect(await one.notice('disconnected')).toMatchObject({ bytesIn: 4, reason: 'the client closed' });
  });

  it.each([
    ['echo', echoService],
    ['upper', upperService],
  ])('over UDP is answered as any other datagram (%s)', async (_name, service) => {
    const one = await serve(service).listen('udp://127.0.0.1:0');
    const { ask } = await one.datagrams();
    expect((await ask(''))[0].length).toBe(0);
    expect((await ask('DATA'))[0].toString()).toBe('DATA');
  });
});

describe('a server', () => {
  it('says who came and went, with the bytes in and out', async () => {
    const one = await serve(echoService).listen();
    const client = await one.client();
    await client.sendall('hello');
    expect((await client.readexactly(5)).toString()).toBe('hello');
    const [host, port] = client.getsockname() as [string, number];
    one.clock.advance(2_500_000);
    client.close();
    expect(await one.notice('disconnected')).toEqual({
      type: 'disconnected',
      peer: `tcp://${host}:${port}`,
      bytesIn: 5,
      bytesOut: 5,
      seconds: 2.5,
      reason: 'the client closed',
    });
    expect(one.notices[0]).toEqual({ type: 'connected', peer: `tcp://${host}:${port}` });
    expect(one.server.snapshot).toMatchObject({
      connections: 1,
      open: 0,
      bytesIn: 5,
      bytesOut: 5,
      errors: 0,
    });
  });

  it('serves Unix sockets, and takes the file away at the end', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sensewire-services-'));
    cleanUps.push(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'socket');
    const one = await serve(greetService).listen(`unix:${path}`);
    expect(one.url).toBe(`unix:${path}`);
    const client = await one.client();
    expect(await rest(client)).toBe('Thank you for connecting');
    client.close();
    expect((await one.notice('disconnected')).peer).toBe(`unix:${path}#1`);
  });

  it('refuses one connection too many, tells operator and client, and takes the next when there is room', async () => {
    const one = await serve(chatService, { mostConnections: 2 }).listen();
    const first = await one.client();
    await one.client();
    await one.notice('connected', 2);
    expect(await rest(await one.client())).toBe(
      'sensewire: this server is full (at most 2): try again later\n',
    );
    expect(await one.notice('refused')).toMatchObject({
      reason: 'this server is full (at most 2): try again later',
    });
    first.close();
    await one.notice('disconnected');
    const next = await one.client();
    await next.sendall('there?\n');
    expect((await next.readline()).toString()).toBe('there?\n');
    expect(one.server.snapshot).toMatchObject({ connections: 3, open: 2, refused: 1 });
  });

  it('tells no more than a few of those that it refuses: a flood of them costs nothing', async () => {
    const one = await serve(chatService, { mostConnections: 1 }).listen();
    await one.client();
    await one.notice('connected');
    let told = 0;
    const flood = Array.from({ length: MOST_BEING_REFUSED + 20 }, () => {
      // These never close their half, so each that was told lingers.
      const socket = one.rawClient();
      socket.on('data', () => told++);
      return Promise.race([once(socket, 'end'), once(socket, 'close')]);
    });
    await Promise.all(flood);
    expect(one.server.snapshot.refused).toBe(flood.length);
    expect(told).toBe(MOST_BEING_REFUSED);
  });

  it('closes a connection without traffic, and tells whom it can', async () => {
    const one = await serve(chatService, { idleUs: 30_000_000 }).listen();
    const client = await one.client();
    await one.notice('connected');
    one.clock.advance(20_000_000);
    await client.sendall('still here\n');
    expect((await client.readline()).toString()).toBe('still here\n');
    one.clock.advance(20_000_000);
    await client.sendall('and here\n');
    expect((await client.readline()).toString()).toBe('and here\n');
    one.clock.advance(30_000_000);
    expect(await rest(client)).toBe('sensewire: closed: silent for 30 s\n');
    client.close();
    expect(await one.notice('disconnected')).toMatchObject({ reason: 'silent for 30 s', seconds: 70 });
    expect(one.server.snapshot.errors).toBe(0);
  });

  it('closes a connection after its lifetime, whatever passes, and tells whom it can', async () => {
    const one = await serve(chatService, { idleUs: 30_000_000, lifetimeUs: 50_000_000 }).listen();
    const client = await one.client();
    await one.notice('connected');
    for (const _ of [1, 2]) {
      one.clock.advance(20_000_000);
      await client.sendall('still here\n');
      expect((await client.readline()).toString()).toBe('still here\n');
    }
    one.clock.advance(10_000_000);
    const message = 'open for 50 s, which is the longest here';
    expect(await rest(client)).toBe(`sensewire: closed: ${message}\n`);
    client.close();
    expect(await one.notice('disconnected')).toMatchObject({ reason: message, seconds: 50 });
    expect(one.server.snapshot).toMatchObject({ errors: 0, open: 0 });
  });

  it('lets an answer of the file server end that is under way at the end of the lifetime', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sensewire-services-'));
    cleanUps.push(() => rmSync(folder, { recursive: true }));
    // More than the kernel takes for both ends.
    const size = 50_000_000;
    writeFileSync(join(folder, 'large'), '');
    truncateSync(join(folder, 'large'), size);
    const http: Service = { ...greetService, stream: httpService(folder) };
    const one = await serve(http, { lifetimeUs: 1_000_000 }).listen();
    const socket = one.rawClient();
    socket.write('GET /large HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(socket, 'readable');
    one.clock.advance(1_000_000);
    let received = 0;
    for await (const piece of socket) received += piece.length;
    expect(received).toBeGreaterThan(size);
    socket.end();
    const reason = 'open for 1 s, which is the longest here';
    expect(await one.notice('disconnected')).toMatchObject({ reason, seconds: 1 });
  });

  it('does not count how long a client takes to close its half as time of the connection', async () => {
    const one = await serve(greetService).listen();
    const client = await one.client();
    one.clock.advance(1_000_000);
    await rest(client);
    one.clock.advance(2_000_000);
    client.close();
    const { seconds } = await one.notice('disconnected');
    expect(seconds).toBeLessThanOrEqual(1);
  });

  it('closes a connection that never reads when it is silent for too long', async () => {
    const one = await serve(echoService, { idleUs: 1_000_000 }).listen();
    const socket = one.rawClient();
    await once(socket, 'connect');
    // More than the kernel takes for both ends: the server waits for its answers to be taken, and reads no more.
    socket.write(Buffer.alloc(50_000_000));
    await stalled(one);
    one.clock.advance(1_000_000);
    expect(await one.notice('disconnected')).toMatchObject({ reason: 'silent for 1 s' });
    const { bytesIn, bytesOut } = one.server.snapshot;
    expect(bytesIn).toBeLessThan(50_000_000);
    expect(bytesOut).toBeLessThan(bytesIn);
    expect(one.server.snapshot.errors).toBe(0);
  });

  it('ends when its count is reached', async () => {
    const one = await serve(greetService, { count: 2 }).listen();
    for (const client of [await one.client(), await one.client()]) {
      await rest(client);
      client.close();
    }
    await one.server.ended;
    expect(one.server.snapshot).toMatchObject({ connections: 2, taken: 2 });
  });

  it('stops: listens no more, lets clients have what was said to them, cuts those that do not take it', async () => {
    const one = await serve(echoService).listen();
    const polite = await one.client();
    const stubborn = one.rawClient();
    await polite.sendall('last words');
    expect((await polite.readexactly(10)).toString()).toBe('last words');
    await one.notice('connected', 2);
    const stopped = one.server.stop();
    expect(await rest(polite)).toBe('');
    polite.close();
    await once(stubborn.resume(), 'end');
    expect((await one.notice('disconnected')).reason).toBe('the server ended');
    await expect(create_connection(one.url)).rejects.toMatchObject({ code: 'SW_UNREACHABLE' });
    expect(one.server.snapshot.open).toBe(1);
    one.clock.advance(END_WITHIN_US);
    await stopped;
    expect(one.server.snapshot).toMatchObject({ open: 0, errors: 0 });
    await one.server.stop();
  });

  it('waits for what counted as long as it goes on', async () => {
    const body = Buffer.alloc(20_000_000, 7);
    const service: Service = {
      ...greetService,
      unit: 'requests',
      async stream(socket, conversation) {
        conversation.takes();
        for (let at = 0; at < body.length; at += 100_000)
          await socket.sendall(body.subarray(at, at + 100_000));
      },
    };
    const one = await serve(service, { count: 1 }).listen();
    const client = await one.client();
    await one.server.ended;
    const stopped = one.server.stop();
    let received = 0;
    for await (const piece of client.chunks()) {
      received += piece.length;
      // Each time somewhat less than what it may be silent.
      one.clock.advance(END_WITHIN_US / 1_000);
    }
    expect(received).toBe(body.length);
    client.close();
    await stopped;
  });

  it('counts a client that resets, and goes on with the others', async () => {
    const one = await serve(echoService).listen();
    const [rude, other] = [one.rawClient(), await one.client()];
    rude.write('x');
    await once(rude, 'data');
    rude.resetAndDestroy();
    expect(await one.notice('disconnected')).toMatchObject({
      error: 'SW_NETWORK',
      reason: 'the client broke off (ECONNRESET)',
      bytesIn: 1,
    });
    await other.sendall('fine');
    expect((await other.readexactly(4)).toString()).toBe('fine');
    expect(one.server.snapshot).toMatchObject({ errors: 1, open: 1 });
  });

  it('does not hide a bug of a service as a fault of a client', async () => {
    const broken: Service = { ...greetService, stream: () => Promise.reject(new TypeError('a bug')) };
    const one = await serve(broken).listen();
    (await one.client()).close();
    await expect(one.server.ended).rejects.toThrow('a bug');
  });

  it.each([
    [greetService, /^udp:\/\/127\.0\.0\.1:0: greet speaks first.*use tcp:\/\/ or unix:/],
    [chatService, /chat keeps each client until it says bye.*or `serve echo`/],
  ])('says why $name has no datagrams', async (service, message) => {
    await expect(serve(service).listen('udp://127.0.0.1:0')).rejects.toMatchObject({
      code: 'SW_USAGE',
      message: expect.stringMatching(message),
    });
  });
});

/** Resolves when nothing has moved between two looks, some turns of the event loop apart. */
async function stalled({ server }: TestServer): Promise<void> {
  for (let before = -1, same = 0; same < 50; ) {
    await new Promise(resolve => setTimeout(resolve, 1));
    const { bytesIn } = server.snapshot;
    same = bytesIn === before ? same + 1 : 0;
    before = bytesIn;
  }
}

describe('datagrams', () => {
  it('go back to their sender, with 0 and with 65,507 bytes', async () => {
    const one = await serve(echoService).listen('udp://127.0.0.1:0');
    const { socket, ask } = await one.datagrams();
    for (const size of [0, 1, 65_507]) {
      const [answer] = await ask(Buffer.alloc(size, 1));
      expect(answer.equals(Buffer.alloc(size, 1))).toBe(true);
    }
    const [, port] = socket.getsockname() as [string, number];
    expect(one.notices).toEqual([{ type: 'connected', peer: `udp://127.0.0.1:${port}` }]);
    one.clock.advance(60_000_000);
    expect(one.notices[1]).toEqual({
      type: 'disconnected',
      peer: `udp://127.0.0.1:${port}`,
      bytesIn: 65_508,
      bytesOut: 65_508,
      datagramsIn: 3,
      datagramsOut: 3,
      seconds: 0,
      reason: 'silent for 60 s',
    });
    expect(one.server.snapshot).toMatchObject({ connections: 0, peers: 1, datagramsIn: 3, datagramsOut: 3 });
  });

  it('count an answer that is too large as an error, and go on', async () => {
    const one = await serve(upperService).listen('udp://127.0.0.1:0');
    const { socket, ask } = await one.datagrams();
    const { host, port } = parseAddress(one.url) as { host: string; port: number };
    // Each of its letters takes 2 bytes, and its capital 3.
    await socket.sendto('ŉ'.repeat(30_000), [host, port]);
    expect((await one.notice('error')).message).toContain('EMSGSIZE');
    expect((await ask('ŉ'))[0].toString()).toBe('ʼN');
    expect(one.server.snapshot).toMatchObject({ errors: 1, datagramsIn: 2, datagramsOut: 1 });
  });

  it('count towards the end', async () => {
    const one = await serve(echoService, { count: 2 }).listen('udp://127.0.0.1:0');
    const { ask } = await one.datagrams();
    await ask('1');
    await ask('2');
    await one.server.ended;
  });
});

describe('upper', () => {
  it('answers a line that comes in pieces once its newline is there, and nothing behind it', async () => {
    const one = await serve(upperService).listen();
    const client = await one.client();
    const bytes = Buffer.from('größe\nmore\n');
    for (const byte of bytes) await client.sendall(Buffer.of(byte));
    expect(await rest(client)).toBe('GRÖSSE\n');
    client.close();
    expect((await one.notice('disconnected')).reason).toBe('answered');
  });

  it('answers a line without a newline when nothing more comes, or the client shuts its half', async () => {
    const one = await serve(upperService).listen();
    const silent = await one.client();
    await silent.sendall('no newline');
    expect(await rest(silent)).toBe('NO NEWLINE');
    const shut = await one.client();
    await shut.sendall('é');
    shut.shutdown(1);
    expect(await rest(shut)).toBe('É');
  });

  it('answers no more than 64 KiB of a line without an end, and nothing to nobody', async () => {
    const one = await serve(upperService).listen();
    const long = await one.client();
    await long.sendall('a'.repeat(100_000));
    expect((await rest(long)).length).toBe(65_536);
    const nothing = await one.client();
    nothing.shutdown(1);
    expect(await rest(nothing)).toBe('');
  });
});

describe('chat', () => {
  it('lets go who says bye, without an answer and while others stay', async () => {
    const one = await serve(chatService).listen();
    const [stays, leaves] = [await one.client(), await one.client()];
    await leaves.sendall('hello\nbye\r\n');
    expect(await rest(leaves)).toBe('hello\n');
    leaves.close();
    expect(await one.notice('disconnected')).toMatchObject({ reason: 'said bye', bytesIn: 11, bytesOut: 6 });
    await stays.sendall('alone?\n');
    expect((await stays.readline()).toString()).toBe('alone?\n');
  });

  it('waits a moment whether bye goes on from the first byte of a connection', async () => {
    const one = await serve(chatService).listen();
    const client = await one.client();
    await client.sendall('by');
    // By then it was read, and not answered at once.
    while (one.server.snapshot.bytesIn < 2) await new Promise(resolve => setImmediate(resolve));
    await client.sendall('e');
    expect(await rest(client)).toBe('');
    client.close();
    expect(await one.notice('disconnected')).toMatchObject({ reason: 'said bye', bytesIn: 3 });
  });

  it('answers at once what cannot become bye', async () => {
    const one = await serve(chatService).listen();
    const client = await one.client();
    // Nobody lets the clock go on.
    for (const message of ['hello', 'byte', 'x']) {
      await client.sendall(message);
      expect((await client.readexactly(message.length)).toString()).toBe(message);
    }
  });

  it('waits a moment whether bye goes on, where lines are sent', async () => {
    const one = await serve(chatService).listen();
    const client = await one.client();
    await client.sendall('hello\nby');
    expect((await client.readexactly(8)).toString()).toBe('hello\nby');
    await client.sendall('e bye\nbye');
    expect(await rest(client)).toBe('e bye\n');
  });

  it('answers what was held back when the client shuts its half', async () => {
    const one = await serve(chatService).listen();
    const client = await one.client();
    await client.sendall('by');
    client.shutdown(1);
    expect(await rest(client)).toBe('by');
  });
});

describe('struct', () => {
  // (1, 4, 2.5) as '=iif'.
  const RECORD = Buffer.from('010000000400000000002040', 'hex');

  function records(count?: number): { one: TestServer; values: unknown[] } {
    const values: unknown[] = [];
    const service = structService('=iif', (record: StructRecord) => values.push(record.values));
    return { one: serve(service, { count }), values };
  }

  it('finds records wherever the stream is cut', async () => {
    const { one, values } = records();
    await one.listen();
    const client = await one.client();
    const bytes = Buffer.concat([RECORD, RECORD, RECORD]);
    for (const [from, to] of [
      [0, 1],
      [1, 13],
      [13, 14],
      [14, 36],
    ] as const)
      await client.sendall(bytes.subarray(from, to));
    client.close();
    await one.notice('disconnected');
    expect(values).toEqual([
      [1, 4, 2.5],
      [1, 4, 2.5],
      [1, 4, 2.5],
    ]);
    expect(one.server.snapshot).toMatchObject({ errors: 0, taken: 3 });
  });

  it('says what is left over, in streams and datagrams', async () => {
    const { one, values } = records();
    await one.listen();
    const client = await one.client();
    await client.sendall(Buffer.concat([RECORD, RECORD.subarray(0, 5)]));
    client.close();
    expect((await one.notice('error')).message).toMatch(/^the last 5 bytes are no record: '=iif' takes 12/);
    await one.listen('udp://127.0.0.1:0');
    const { socket } = await one.datagrams();
    const { host, port } = parseAddress(one.url) as { host: string; port: number };
    for (const bytes of [Buffer.concat([RECORD, RECORD]), RECORD.subarray(1), Buffer.alloc(0)])
      await socket.sendto(bytes, [host, port]);
    expect((await one.notice('error', 2)).message).toMatch(/^a datagram of 11 bytes holds no whole records/);
    expect((await one.notice('error', 3)).message).toMatch(/^a datagram of 0 bytes/);
    expect(values).toHaveLength(3);
  });

  it('takes exactly the records that were asked for', async () => {
    const { one, values } = records(2);
    await one.listen();
    const client = await one.client();
    await client.sendall(Buffer.concat([RECORD, RECORD, RECORD]));
    await one.server.ended;
    expect(await rest(client)).toBe('');
    expect(values).toHaveLength(2);
  });

  it.each([
    ['', /0 bytes/],
    ['0s', /0 bytes/],
    ['70000s', /70000 bytes.*1 to 65536/],
    ['=z', /z/],
  ])('refuses the format %j', (format, message) => {
    expect(() => structService(format, () => undefined)).toThrow(
      expect.objectContaining({ code: 'SW_STRUCT_FORMAT', message: expect.stringMatching(message) }),
    );
  });
});
