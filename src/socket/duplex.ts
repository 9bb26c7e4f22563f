/**
 * A Node.js stream over a stream socket, for what speaks in Node.js streams: `http.Server.emit('connection', duplex)`,
 * the `createConnection` of `http.request`, `tls.connect({ socket: duplex })`, `pipeline`.
 *
 * Back-pressure goes through in both directions: the socket is read only as the stream is, and a write is done when the
 * kernel has taken its bytes. Ending the stream shuts the sending half only; an error of the socket is the stream's.
 */
import { Duplex } from 'node:stream';
import { SHUT_WR } from './constants.ts';
import type { StreamSocket } from './stream-socket.ts';

/** What Node.js reads from the kernel at once. */
const CHUNK_BYTES = 65_536;

type Done = (error?: Error | null) => void;

/** A duplex stream with those calls of `net.Socket` that HTTP needs. */
export interface SocketDuplex extends Duplex {
  /** Emits `timeout` when nothing was received or sent for so long; 0: never. As `net.Socket` has it. */
  setTimeout(ms: number, onTimeout?: () => void): this;
  /** Closes when all that was written is sent, whatever the peer still sends. As `net.Socket` has it. */
  destroySoon(): void;
}

/** A stream over a connected socket, which is the stream's from now on: it is closed with it. */
export function duplexOf(socket: StreamSocket): SocketDuplex {
  return new StreamSocketDuplex(socket);
}

class StreamSocketDuplex extends Duplex implements SocketDuplex {
  readonly #socket: StreamSocket;
  #idle: NodeJS.Timeout | undefined;

  constructor(socket: StreamSocket) {
    super({ allowHalfOpen: true, decodeStrings: true });
    this.#socket = socket;
  }

  setTimeout(ms: number, onTimeout?: () => void): this {
    clearTimeout(this.#idle);
    const isWanted = ms > 0 && !this.destroyed;
    this.#idle = isWanted ? setTimeout(() => this.emit('timeout'), ms).unref() : undefined;
    if (onTimeout === undefined) return this;
    if (ms > 0) this.once('timeout', onTimeout);
    else this.off('timeout', onTimeout);
    return this;
  }

  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  override _read(): void {
    this.#socket.recv(CHUNK_BYTES).then(
      bytes => {
        this.#idle?.refresh();
        this.push(bytes.length > 0 ? bytes : null);
      },
      (error: Error) => this.destroy(error),
    );
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.#settle(this.#socket.sendall(bytes), done);
  }

  /** Small pieces together, such as a head and its body: without Nagle's algorithm each would be a segment. */
  override _writev(pieces: readonly { readonly chunk: Buffer }[], done: Done): void {
    this.#settle(this.#socket.sendall(Buffer.concat(pieces.map(({ chunk }) => chunk))), done);
  }

  override _final(done: Done): void {
    try {
      this.#socket.shutdown(SHUT_WR);
      done();
    } catch (error) {
      done(error as Error);
    }
  }

  override _destroy(error: Error | null, done: Done): void {
    clearTimeout(this.#idle);
    // A cleared timer that is refreshed would run again.
    this.#idle = undefined;
    this.#socket.close();
    done(error);
  }

  #settle(sent: Promise<void>, done: Done): void {
    sent.then(() => {
      this.#idle?.refresh();
      done();
    }, done);
  }
}
