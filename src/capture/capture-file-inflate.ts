/**
 * Inflates gzip and zstd in pieces, members and frames one after the other included. Failure is a value: what was inflated before it
 * has been given.
 */
import { createGunzip, createZstdDecompress, type Gunzip, type ZstdDecompress } from 'node:zlib';

/** Inflated bytes that are given at once; as a piece of a plain file, they stay in the processor's cache. */
const PIECE_BYTES = 256 * 1024;
/** Compressed bytes that are inflated at once. What comes of the bytes around a damaged place is lost, so they are few. */
const WRITE_BYTES = 16 * 1024;

export class Inflater {
  readonly #stream: Gunzip | ZstdDecompress;
  readonly #ended: Promise<void>;
  #failure: Error | undefined = undefined;
  /** What `take` threw: it must not end in an event of the stream, where nobody could catch it. */
  #thrown: { readonly error: unknown } | undefined = undefined;

  constructor(compression: 'gzip' | 'zstd', take: (piece: Uint8Array) => void) {
    const options = { chunkSize: PIECE_BYTES };
    this.#stream = compression === 'gzip' ? createGunzip(options) : createZstdDecompress(options);
    this.#stream.on('data', (piece: Uint8Array) => {
      try {
        take(piece);
      } catch (error) {
        this.#thrown ??= { error };
        this.#stream.destroy();
      }
    });
    this.#ended = new Promise(resolve => {
      this.#stream.once('close', resolve);
      this.#stream.once('error', error => {
        this.#failure = error;
        resolve();
      });
    });
  }

  /** Why it can not go on: the compressed bytes are damaged or not whole. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Resolves once all that is in the piece has been given, and the piece may be written again; rejects with what `take` threw. */
  async write(piece: Uint8Array): Promise<void> {
    for (let at = 0; at < piece.length && this.#failure === undefined; at += WRITE_BYTES) {
      const part = piece.subarray(at, at + WRITE_BYTES);
      const taken = new Promise<void>(resolve => this.#stream.write(part, () => resolve()));
      await Promise.race([taken, this.#ended]);
      if (this.#thrown !== undefined) throw this.#thrown.error;
    }
  }

  /** Says that nothing follows; resolves once everything has been given. */
  async end(): Promise<void> {
    this.#stream.end();
    await this.#ended;
    if (this.#thrown !== undefined) throw this.#thrown.error;
  }

  close(): void {
    this.#stream.destroy();
  }
}
