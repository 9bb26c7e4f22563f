/**
 * The sockets of this process, as Node.js announces them (node:diagnostics_channel): which local ports are ours, and which
 * ports we have tried to connect to.
 */

import type { Socket as DatagramSocket } from 'node:dgram';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Server, Socket } from 'node:net';

const CHANNELS = {
  client: 'net.client.socket',
  listening: 'tracing:net.server.listen:asyncEnd',
  datagrams: 'udp.socket',
} as const;

const PORTS = 65_536;
const TCP = 1;
const UDP = 2;

export type Transport = 'tcp' | 'udp';

export class OwnSockets {
  /** Bits for each local port. */
  readonly #ports = new Uint8Array(PORTS);
  readonly #tried = new Set<number>();
  #changes = 0;
  readonly #handlers: readonly (readonly [string, (message: unknown) => void])[] = [
    [CHANNELS.client, message => this.#onClient((message as { socket: Socket }).socket)],
    [CHANNELS.listening, message => this.#claimServer((message as { server: Server }).server)],
    [CHANNELS.datagrams, message => this.#onDatagrams((message as { socket: DatagramSocket }).socket)],
  ];

  /** From here on sockets are noticed. */
  watch(): void {
    for (const [channel, handler] of this.#handlers) subscribe(channel, handler);
  }

  /** Sockets that are made from here on are not of interest. */
  unwatch(): void {
    for (const [channel, handler] of this.#handlers) unsubscribe(channel, handler);
  }

  /** Grows with every port that is new. */
  get changes(): number {
    return this.#changes;
  }

  has(transport: Transport, port: number): boolean {
    return ((this.#ports[port] as number) & (transport === 'tcp' ? TCP : UDP)) !== 0;
  }

  /** The local ports that are ours. */
  ports(transport: Transport): number[] {
    return Array.from({ length: PORTS }, (_, port) => port).filter(port => this.has(transport, port));
  }

  hasTried(port: number): boolean {
    return this.#tried.has(port);
  }

  #claim(bit: number, port: number | undefined): void {
    if (port === undefined) return;
    this.#ports[port] = (this.#ports[port] as number) | bit;
    this.#changes++;
  }

  #onClient(socket: Socket): void {
    socket.on('connectionAttempt', (_ip: string, port: number) => this.#tried.add(port));
    socket.once('connect', () => this.#claim(TCP, socket.localPort));
  }

  #claimServer(server: Server): void {
    const address = server.address();
    if (typeof address === 'object') this.#claim(TCP, address?.port);
  }

  #onDatagrams(socket: DatagramSocket): void {
    socket.once('listening', () => this.#claim(UDP, socket.address().port));
  }
}
