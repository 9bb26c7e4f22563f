/**
 * Run as a process: one end of the sockets benchmark, with `sensewire/socket` or with the callbacks of Node.js.
 *
 * Argument: {role, api, port?, connections?, seconds?, bytes?}. Servers print `listening`, clients `done`.
 */
import { createSocket } from 'node:dgram';
import { connect, createServer, type Socket } from 'node:net';
import { AF_INET, type InetAddress, SOCK_DGRAM, SOCK_STREAM, socket } from '../../src/socket/index.ts';

export interface SocketProcess {
  readonly role: 'echo-server' | 'echo-client' | 'udp-server' | 'bulk-receiver' | 'bulk-sender';
  readonly api: 'sensewire' | 'node';
  readonly port?: number;
  readonly connections?: number;
  readonly seconds?: number;
  readonly bytes?: number;
}

const task = JSON.parse(process.argv[2]!) as SocketProcess;
const { port = 0, connections = 1, seconds = 1, bytes = 12 } = task;
const say = (line: object): void => console.log(JSON.stringify(line));
const message = Buffer.alloc(bytes, 'x');
let isOver = false;

async function echoServer(): Promise<void> {
  const server = socket(AF_INET, SOCK_STREAM);
  await server.bind(['127.0.0.1', 0]);
  await server.listen();
  say({ event: 'listening', port: (server.getsockname() as InetAddress)[1] });
  for await (const [connection] of server.connections()) {
    void (async () => {
      for (;;) {
        const data = await connection.recv(65_536);
        if (data.length === 0) break;
        await connection.sendall(data);
      }
    })().catch(() => undefined);
  }
}

function nodeEchoServer(): void {
  const server = createServer(connection => {
    connection.on('data', data => connection.write(data)).on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1', () =>
    say({ event: 'listening', port: (server.address() as { port: number }).port }),
  );
}

async function echoClient(): Promise<void> {
  let echoes = 0;
  const startMs = performance.now();
  const one = async (): Promise<void> => {
    using client = socket(AF_INET, SOCK_STREAM);
    await client.connect(['127.0.0.1', port]);
    while (!isOver) {
      await client.sendall(message);
      let missing = bytes;
      while (missing > 0) missing -= (await client.recv(65_536)).length;
      echoes++;
    }
  };
  setTimeout(() => (isOver = true), seconds * 1_000);
  await Promise.all(Array.from({ length: connections }, one));
  say({ event: 'done', echoes, seconds: (performance.now() - startMs) / 1_000 });
}

function nodeEchoClient(): void {
  let [echoes, open] = [0, connections];
  const startMs = performance.now();
  const one = (): void => {
    let missing = bytes;
    const client = connect(port, '127.0.0.1', () => client.write(message));
    client.on('data', data => {
      missing -= data.length;
      if (missing > 0) return;
      echoes++;
      missing = bytes;
      if (!isOver) client.write(message);
      else {
        client.destroy();
        if (--open === 0) say({ event: 'done', echoes, seconds: (performance.now() - startMs) / 1_000 });
      }
    });
  };
  setTimeout(() => (isOver = true), seconds * 1_000);
  for (let index = 0; index < connections; index++) one();
}

async function udpServer(): Promise<void> {
  const server = socket(AF_INET, SOCK_DGRAM);
  await server.bind(['127.0.0.1', 0]);
  say({ event: 'listening', port: (server.getsockname() as InetAddress)[1] });
  for (;;) {
    const [data, peer] = await server.recvfrom(65_535);
    await server.sendto(data, peer);
  }
}

function nodeUdpServer(): void {
  const server = createSocket({ type: 'udp4', recvBufferSize: 4 * 2 ** 20 });
  server.on('message', (data, peer) => server.send(data, peer.port, peer.address));
  server.bind(0, '127.0.0.1', () => say({ event: 'listening', port: server.address().port }));
}

/** Ends when its one connection has. */
async function bulkReceiver(): Promise<void> {
  using server = socket(AF_INET, SOCK_STREAM);
  await server.bind(['127.0.0.1', 0]);
  await server.listen();
  say({ event: 'listening', port: (server.getsockname() as InetAddress)[1] });
  const [connection] = await server.accept();
  const startMs = performance.now();
  let received = 0;
  for (;;) {
    const data = await connection.recv(65_536);
    if (data.length === 0) break;
    received += data.length;
  }
  say({ event: 'done', bytes: received, seconds: (performance.now() - startMs) / 1_000 });
  connection.close();
}

function nodeBulkReceiver(): void {
  const server = createServer((connection: Socket) => {
    const startMs = performance.now();
    let received = 0;
    connection
      .on('data', data => (received += data.length))
      .on('end', () => {
        say({ event: 'done', bytes: received, seconds: (performance.now() - startMs) / 1_000 });
        server.close();
      });
  });
  server.listen(0, '127.0.0.1', () =>
    say({ event: 'listening', port: (server.address() as { port: number }).port }),
  );
}

async function bulkSender(): Promise<void> {
  using client = socket(AF_INET, SOCK_STREAM);
  await client.connect(['127.0.0.1', port]);
  setTimeout(() => (isOver = true), seconds * 1_000);
  while (!isOver) await client.sendall(message);
}

function nodeBulkSender(): void {
  const client = connect(port, '127.0.0.1');
  const fill = (): void => {
    while (!isOver) if (!client.write(message)) return;
    client.end();
  };
  client.on('connect', fill).on('drain', fill);
  setTimeout(() => (isOver = true), seconds * 1_000);
}

const ROLES: Readonly<Record<SocketProcess['role'], Readonly<Record<SocketProcess['api'], () => unknown>>>> =
  {
    'echo-server': { sensewire: echoServer, node: nodeEchoServer },
    'echo-client': { sensewire: echoClient, node: nodeEchoClient },
    'udp-server': { sensewire: udpServer, node: nodeUdpServer },
    'bulk-receiver': { sensewire: bulkReceiver, node: nodeBulkReceiver },
    'bulk-sender': { sensewire: bulkSender, node: nodeBulkSender },
  };
await ROLES[task.role][task.api]();
