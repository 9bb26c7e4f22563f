/**
 * What every transport promises behind the Connection port, and what only streams, Unix sockets or datagrams do.
 * Real sockets on loopback.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect as rawConnect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NetworkError } from '../errors/errors.ts';
import { parseAddress } from './address.ts';
import type { Connection, ConnectionHandlers, Listener } from './connection.ts';
import { connectTo, listenAt } from './open.ts';

/** One end, with all that it heard; `until` waits for something of it to be true. */
class End implements ConnectionHandlers {
  connection!: Connection;
  received: Buffer = Buffer.alloc(0);
  pieces = 0;
  drains = 0;
  closes: (NetworkError | undefined)[] = [];
  #changed = Promise.withResolvers<void>();

  onReceive(bytes: Uint8Array): void {
    this.pieces++;
    this.received = Buffer.concat([this.received, bytes]);
    this.#change();
  }

  onDrain(): void {
    this.drains++;
    this.#change();
  }

  onClose(error: NetworkError | undefined): void {
    this.closes.push(error);
    this.#change();
  }

  get text(): string {
    return this.received.toString();
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await this.#changed.promise;
  }

  #change(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

let folder: string;
let listener: Listener | undefined;
const accepted: End[] = [];
let onAccepted = Promise.withResolvers<End>();
const open: { destroy(): void }[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sensewire-conn-'));
  onAccepted = Promise.withResolvers();
});

afterEach(async () => {
  await listener?.close();
  listener = undefined;
  for (const { connection } of accepted.splice(0)) connection.abort();
  for (const socket of open.splice(0)) socket.destroy();
  rmSync(folder, { recursive: true, force: true });
});

async function listen(url: string): Promise<string> {
  listener = await listenAt(parseAddress(url), connection => {
    const end = new End();
    end.connection = connection;
    accepted.push(end);
    onAccepted.resolve(end);
    return end;
  });
  return listener.urls[0] as string;
}

async function connect(url: string): Promise<End> {
  const end = new End();
  end.connection = await connectTo(parseAddress(url), end);
  open.push({ destroy: () => end.connection.abort() });
  return end;
}

/** Two ends that have met. */
async function pair(url: string): Promise<[client: End, server: End]> {
  const client = await connect(await listen(url));
  client.connection.send(Buffer.from('hello'));
  const server = await onAccepted.promise;
  await server.until(() => server.text === 'hello');
  server.received = Buffer.alloc(0);
  return [client, server];
}

const raw = async (url: string): Promise<Socket> => {
  const { hostname, port } = new URL(url);
  const socket = rawConnect({ host: hostname, port: Number(port), allowHalfOpen: true });
  open.push(socket);
  await once(socket, 'connect');
  return socket;
};

describe.each([
  ['tcp', 'tcp://127.0.0.1:0'],
  ['tcp over IPv6', 'tcp://[::1]:0'],
  ['udp', 'udp://127.0.0.1:0'],
  ['udp over IPv6', 'udp://[::1]:0'],
  ['unix', 'unix'],
  ['reliable udp', 'rudp://127.0.0.1:0'],
  ['reliable udp over IPv6', 'rudp://[::1]:0'],
])('%s', (_name, given) => {
  const url = (): string => (given === 'unix' ? `unix:${folder}/socket` : given);

  it('carries bytes both ways and knows the peer', async () => {
    const [client, server] = await pair(url());
    expect(client.connection.remote).toBe(listener?.urls[0]);
    expect(server.connection.remote).not.toBe(client.connection.remote);
    expect([client.connection.sameMachine, server.connection.sameMachine]).toEqual([true, true]);
    expect(server.connection.form).toBe(given.startsWith('udp') ? 'datagram' : 'stream');
    server.connection.send(Buffer.from('and back'));
    await client.until(() => client.text === 'and back');
  });

  it('says that it is closed once, after the last bytes', async () => {
    const [client, server] = await pair(url());
    server.connection.send(Buffer.from('last words'));
    server.connection.close();
    server.connection.close();
    await client.until(() => client.text === 'last words');
    if (given.startsWith('udp')) client.connection.close();
    await Promise.all([
      client.until(() => client.closes.length > 0),
      server.until(() => server.closes.length > 0),
    ]);
    expect([client.closes, server.closes]).toEqual([[undefined], [undefined]]);
  });

  it('takes no notice of what is done after close', async () => {
    const [client] = await pair(url());
    client.connection.close();
    expect(client.connection.send(Buffer.from('too late'))).toBe(true);
    client.connection.pause();
    client.connection.resume();
    client.connection.close();
    client.connection.abort();
    await client.until(() => client.closes.length > 0);
    expect(client.closes).toHaveLength(1);
  });

  it('lets connections live on when the listener takes no more', async () => {
    const [client, server] = await pair(url());
    if (given.startsWith('udp')) {
      await listener?.close();
      await server.until(() => server.closes.length === 1);
      return;
    }
    await listener?.close();
    await listener?.close();
    client.connection.send(Buffer.from('still here'));
    await server.until(() => server.text === 'still here');
  });

  it('is aborted by a signal', async () => {
    await expect(
      connectTo(parseAddress('tcp://127.0.0.1:1'), new End(), AbortSignal.abort('no')),
    ).rejects.toBe('no');
    await expect(
      connectTo(parseAddress('udp://127.0.0.1:1'), new End(), AbortSignal.abort('no')),
    ).rejects.toBe('no');
  });
});

describe('a listener on every interface', () => {
  it.each(['tcp', 'udp', 'rudp'])(
    'is reached over IPv4 and IPv6, and shows peers as they are (%s)',
    async transport => {
      await listen(`${transport}://*:0`);
      const port = Number(new URL(listener?.urls[0] as string).port);
      for (const host of ['127.0.0.1', '[::1]']) {
        onAccepted = Promise.withResolvers();
        const client = await connect(`${transport}://${host}:${port}`);
        client.connection.send(Buffer.from(host));
        const server = await onAccepted.promise;
        await server.until(() => server.text === host);
        expect(server.connection.remote.startsWith(`${transport}://${host}:`)).toBe(true);
      }
      expect(listener?.urls).toContain(`${transport}://127.0.0.1:${port}`);
    },
  );
});

describe('a stream', () => {
  const CHUNK = Buffer.alloc(65_536, 7);

  it('makes its sender wait while it is paused, and loses nothing', async () => {
    const [client, server] = await pair('tcp://127.0.0.1:0');
    server.connection.pause();
    let sent = 0;
    while (client.connection.send(CHUNK)) sent += CHUNK.length;
    sent += CHUNK.length;
    expect(client.drains).toBe(0);
    server.connection.resume();
    await client.until(() => client.drains > 0);
    await server.until(() => server.received.length === sent);
  });

  it('may be paused before its first byte', async () => {
    const paused = new End();
    listener = await listenAt(parseAddress('tcp://127.0.0.1:0'), connection => {
      paused.connection = connection;
      connection.pause();
      onAccepted.resolve(paused);
      return paused;
    });
    const client = await connect(listener.urls[0] as string);
    client.connection.send(Buffer.from('early'));
    await onAccepted.promise;
    // A second connection's round trip: by then the first one's bytes have come.
    paused.connection.resume();
    await paused.until(() => paused.text === 'early');
    paused.connection.abort();
  });

  it('gets what a peer sent before it shut its half, then ends', async () => {
    const url = await listen('tcp://127.0.0.1:0');
    const client = await raw(url);
    client.end('the last of it');
    const server = await onAccepted.promise;
    await server.until(() => server.closes.length > 0);
    expect([server.text, server.closes]).toEqual(['the last of it', [undefined]]);
  });

  it('is cut off where the peer does not close its half within two seconds', async () => {
    const url = await listen('tcp://127.0.0.1:0');
    const client = await raw(url);
    client.pause();
    const server = await onAccepted.promise;
    while (server.connection.send(CHUNK));
    const before = performance.now();
    server.connection.close();
    await server.until(() => server.closes.length > 0);
    expect(performance.now() - before).toBeGreaterThan(1_900);
    expect(performance.now() - before).toBeLessThan(4_000);
  });

  it('says that the peer broke off', async () => {
    const url = await listen('tcp://127.0.0.1:0');
    const client = await raw(url);
    client.write('x');
    const server = await onAccepted.promise;
    await server.until(() => server.text === 'x');
    client.resetAndDestroy();
    await server.until(() => server.closes.length > 0);
    expect(server.closes[0]).toMatchObject({
      code: 'SW_NETWORK',
      message: expect.stringContaining('broke the connection off'),
    });
  });
});

describe('a Unix socket', () => {
  it('replaces the file that a killed program left, and removes its own', async () => {
    const path = join(folder, 'socket');
    const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => console.log('up'))`;
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    await expect(listenAt(parseAddress(`unix:${path}`), () => new End())).rejects.toMatchObject({
      code: 'SW_ADDRESS_IN_USE',
      message: expect.stringContaining('stop the program that listens there'),
    });
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(existsSync(path)).toBe(true);
    const [client] = await pair(`unix:${path}`);
    expect(client.connection.remote).toBe(`unix:${path}`);
    await listener?.close();
    expect(existsSync(path)).toBe(false);
  });
});

describe('a datagram connection', () => {
  it('keeps datagrams whole and apart', async () => {
    const [client, server] = await pair('udp://127.0.0.1:0');
    server.pieces = 0;
    for (const text of ['one', 'two', 'three']) client.connection.send(Buffer.from(text));
    await server.until(() => server.pieces === 3);
    expect(server.text).toBe('onetwothree');
  });

  it('hears that nobody listens any more', async () => {
    const [client] = await pair('udp://127.0.0.1:0');
    await listener?.close();
    client.connection.send(Buffer.from('anyone?'));
    await client.until(() => client.closes.length > 0);
    expect(client.closes[0]).toMatchObject({
      code: 'SW_UNREACHABLE',
      retryable: true,
      message: expect.stringContaining('nobody listens at udp://127.0.0.1:'),
    });
  });

  it('makes a sender that is faster than the system wait', async () => {
    const [client] = await pair('udp://127.0.0.1:0');
    let sent = 0;
    while (client.connection.send(Buffer.alloc(1_000))) sent++;
    expect(sent).toBeGreaterThan(100);
    await client.until(() => client.drains > 0);
    expect(client.connection.send(Buffer.alloc(1))).toBe(true);
  });

  it('is a new one for an address that was closed', async () => {
    const [client, server] = await pair('udp://127.0.0.1:0');
    server.connection.close();
    await server.until(() => server.closes.length > 0);
    onAccepted = Promise.withResolvers();
    client.connection.send(Buffer.from('again'));
    const second = await onAccepted.promise;
    await second.until(() => second.text === 'again');
    expect(second).not.toBe(server);
  });

  it('counts what the kernel dropped, also after the end', async () => {
    const [client, server] = await pair('udp://127.0.0.1:0');
    // Everything in one turn: nobody reads meanwhile, and the queue of the system runs over.
    for (let index = 0; index < 20_000; index++) client.connection.send(Buffer.alloc(1_200));
    client.connection.send(Buffer.from('end'));
    await client.until(() => client.drains > 0);
    await server.until(() => server.pieces > 1);
    const drops = listener?.kernelDrops() ?? 0;
    expect(drops).toBeGreaterThan(0);
    await listener?.close();
    expect(listener?.kernelDrops()).toBeGreaterThanOrEqual(drops);
  });
});
