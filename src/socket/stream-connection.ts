/**
 * A connected TCP or Unix socket behind the Connection port.
 */
import type { Socket } from 'node:net';
import type { NetworkError } from '../errors/errors.ts';
import { formatAddress, formatUrl, type StreamAddress } from './address.ts';
import type { Connection, ConnectionHandlers } from './connection.ts';
import { isOwnAddress, plainHost } from './hosts.ts';
import { networkError } from './network-error.ts';

/** A peer that does not close its half is cut off after this. */
const LINGER_MS = 2_000;

const NOTHING = new Uint8Array(0);

/** What both ends of a stream may set. */
export interface StreamOptions {
  /** TCP_NODELAY: send small segments at once (tcp(7)). */
  readonly noDelay?: boolean;
  /** SO_KEEPALIVE: unanswered for this long, the kernel begins to ask whether the peer is there (TCP_KEEPIDLE). */
  readonly keepAliveMs?: number | undefined;
}

/** What connections of the telemetry have. */
export const TELEMETRY_STREAM: StreamOptions = { noDelay: true, keepAliveMs: 30_000 };

/** Options as Node.js names them. */
export function nodeOptions({ noDelay = false, keepAliveMs }: StreamOptions): {
  noDelay: boolean;
  keepAlive: boolean;
  keepAliveInitialDelay: number;
} {
  return { noDelay, keepAlive: keepAliveMs !== undefined, keepAliveInitialDelay: keepAliveMs ?? 0 };
}

export class StreamConnection implements Connection {
  readonly form = 'stream';
  readonly isThrifty = false;
  readonly local: string;
  readonly remote: string;
  readonly sameMachine: boolean;
  /** For options that only such sockets have. */
  readonly socket: Socket;
  /** Those that it was made with. */
  readonly options: StreamOptions;
  #closing = false;

  /** @param remote the peer's URL where the socket does not know it: Unix sockets have no peer address */
  constructor(socket: Socket, address: StreamAddress, options: StreamOptions, remote?: string) {
    this.socket = socket;
    this.options = options;
    const isUnix = address.transport === 'unix';
    this.local = isUnix ? formatAddress(address) : tcpUrl(socket.localAddress, socket.localPort);
    this.remote = remote ?? tcpUrl(socket.remoteAddress, socket.remotePort);
    this.sameMachine = isUnix || isOwnAddress(socket.remoteAddress);
  }

  /** Begins to pass events on. */
  attach(handlers: ConnectionHandlers, address: StreamAddress): this {
    let failure: NetworkError | undefined;
    this.socket
      .on('data', (bytes: Uint8Array) => {
        if (!this.#closing) handlers.onReceive(bytes);
      })
      .on('drain', () => handlers.onDrain())
      .on('end', () => {
        if (handlers.onEnd === undefined) this.close();
        else if (!this.#closing) handlers.onEnd();
      })
      .on('error', error => {
        failure = networkError(error, address, 'use');
        // What came before the error, and was kept while we paused, would be lost with it.
        const rest = this.socket.read() as Uint8Array | null;
        if (rest !== null && !this.#closing) handlers.onReceive(rest);
      })
      .on('close', () => handlers.onClose(failure));
    return this;
  }

  get unsentBytes(): number {
    return this.socket.writableLength;
  }

  send(bytes: Uint8Array): boolean {
    return this.#closing || this.socket.write(bytes);
  }

  flush(done: () => void): void {
    if (this.socket.writableLength === 0) done();
    else
      this.socket.write(NOTHING, error => {
        if (!error) done();
      });
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  shutdown(): void {
    if (!this.#closing) this.socket.end();
  }

  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    if (this.socket.destroyed) return;
    this.socket.end();
    // What still comes is read and thrown away, or the peer's last bytes would turn our FIN into a reset.
    this.socket.resume();
    const timer = setTimeout(() => this.socket.destroy(), LINGER_MS).unref();
    this.socket.once('close', () => clearTimeout(timer));
  }

  /**
   * Closes as close(2) does: what the system has taken still goes to the peer, and what the peer sends from now on is
   * answered with a reset. Idempotent.
   */
  release(): void {
    if (this.#closing) return;
    if (this.socket.writableLength === 0) this.abort();
    else {
      this.close();
      this.socket.once('finish', () => this.socket.destroy());
    }
  }

  abort(): void {
    this.#closing = true;
    this.socket.destroy();
  }
}

function tcpUrl(host: string | undefined, port: number | undefined): string {
  return formatUrl('tcp', plainHost(host ?? '?'), port ?? 0);
}
