/**
 * A connection that counts what passes, and says when something does.
 */
import type { NetworkError } from '../errors/errors.ts';
import type { Connection, ConnectionHandlers } from '../socket/connection.ts';

export class MeteredConnection implements Connection {
  readonly form: 'stream' | 'datagram';
  readonly local: string;
  readonly remote: string;
  readonly sameMachine: boolean;
  readonly isThrifty: boolean;
  /** To be given to what makes the connection. */
  readonly handlers: ConnectionHandlers;
  readonly #connection: Connection;
  readonly #onTraffic: () => void;
  #bytesIn = 0;
  #given = 0;
  /** Once it closes, the system forgets what it had not taken. */
  #bytesOutAtClose: number | undefined;
  #peerEnded = false;
  #failure: NetworkError | undefined;

  constructor(connection: Connection, handlers: ConnectionHandlers, onTraffic: () => void) {
    ({ form: this.form, local: this.local, remote: this.remote } = connection);
    ({ sameMachine: this.sameMachine, isThrifty: this.isThrifty } = connection);
    this.#connection = connection;
    this.#onTraffic = onTraffic;
    this.handlers = {
      onReceive: bytes => {
        this.#bytesIn += bytes.length;
        onTraffic();
        handlers.onReceive(bytes);
      },
      onDrain: () => handlers.onDrain(),
      onEnd: () => {
        this.#peerEnded = true;
        handlers.onEnd?.();
      },
      onClose: error => {
        this.#bytesOutAtClose ??= this.bytesOut;
        this.#failure = error;
        handlers.onClose(error);
      },
    };
  }

  get bytesIn(): number {
    return this.#bytesIn;
  }

  /** Bytes that the system has taken. */
  get bytesOut(): number {
    return this.#bytesOutAtClose ?? this.#given - this.unsentBytes;
  }

  /** True once the peer has said that it sends no more. */
  get peerEnded(): boolean {
    return this.#peerEnded;
  }

  /** The error that ended the connection. */
  get failure(): NetworkError | undefined {
    return this.#failure;
  }

  get unsentBytes(): number {
    return this.#connection.unsentBytes;
  }

  send(bytes: Uint8Array): boolean {
    this.#given += bytes.length;
    this.#onTraffic();
    return this.#connection.send(bytes);
  }

  flush(done: () => void): void {
    this.#connection.flush(() => {
      this.#onTraffic();
      done();
    });
  }

  pause(): void {
    this.#connection.pause();
  }

  resume(): void {
    this.#connection.resume();
  }

  shutdown(): void {
    this.#connection.shutdown();
  }

  close(): void {
    this.#bytesOutAtClose ??= this.bytesOut;
    this.#connection.close();
  }

  abort(): void {
    this.#bytesOutAtClose ??= this.bytesOut;
    this.#connection.abort();
  }
}
