/**
 * The pieces of a capture file on their way to the decoder: inflated where they are compressed.
 */
import { FormatError } from '../errors/errors.ts';
import { CaptureDecoder } from '../pcap/capture-decoder.ts';
import type { Damage } from '../pcap/damage.ts';
import type { CaptureFormat, RecordSink } from '../pcap/record-sink.ts';
import type { Inflater } from './capture-file-inflate.ts';
import { type Compression, compressionOf, KIND_BYTES, lookLike, MAGIC_BYTES } from './capture-file-kind.ts';

export class CapturePieces {
  /** Bytes that were taken, as they are in the file. */
  sizeBytes = 0;
  readonly #name: string;
  readonly #sink: RecordSink;
  readonly #decoder: CaptureDecoder;
  /** The first bytes of the capture, for the message where it is none. */
  readonly #first = new Uint8Array(KIND_BYTES);
  #firstLength = 0;
  /** Bytes of the capture, inflated. */
  #length = 0;
  /** The first bytes of the file, until there are enough to tell how it is compressed. */
  #waiting: Uint8Array | undefined = new Uint8Array(0);
  #compression: Compression = 'none';
  #inflater: Inflater | undefined = undefined;
  #compressionDamage: Damage | undefined = undefined;

  /** @param name how messages call the file. */
  constructor(name: string, sink: RecordSink, isLive?: boolean) {
    this.#name = name;
    this.#sink = sink;
    this.#decoder = new CaptureDecoder(sink, { isLive });
  }

  /** Where the next piece may be read into; undefined: anywhere. What is still to be inflated must not lie where inflated bytes are put. */
  get room(): Uint8Array | undefined {
    return this.#waiting === undefined && this.#inflater === undefined ? this.#sink.room : undefined;
  }

  get format(): CaptureFormat | undefined {
    return this.#decoder.format;
  }

  get compression(): Compression {
    return this.#compression;
  }

  get skippedBlocks(): number {
    return this.#decoder.skippedBlocks;
  }

  get damage(): Damage | undefined {
    return this.#compressionDamage ?? this.#decoder.damage;
  }

  /** Takes the next bytes of the file, which may be written again once this has resolved; says whether more is of use. */
  async take(piece: Uint8Array): Promise<boolean> {
    this.sizeBytes += piece.length;
    if (this.#waiting === undefined) return await this.#pass(piece);
    const together = Buffer.concat([this.#waiting, piece]);
    this.#waiting = together;
    return together.length < MAGIC_BYTES || (await this.#begin());
  }

  /**
   * Says that nothing follows.
   * @throws FormatError SW_FORMAT: it was no capture.
   */
  async end(): Promise<void> {
    if (this.#waiting !== undefined) await this.#begin();
    const inflater = this.#inflater;
    if (inflater !== undefined && this.damage === undefined) {
      await inflater.end();
      this.#noteFailure(inflater);
    }
    this.#decoder.end();
    if (this.#compressionDamage !== undefined) return;
    const reason = this.#decoder.damage?.reason;
    if (reason === 'empty') throw new FormatError(`${this.#name} is empty: give a pcap or pcapng file`, 0);
    if (reason !== 'not-a-capture') return;
    const kind = lookLike(this.#first.subarray(0, this.#firstLength));
    throw new FormatError(
      `${this.#name} is no capture file: it looks like ${kind}; pcap and pcapng are read, also compressed with gzip or zstd`,
      0,
    );
  }

  close(): void {
    this.#inflater?.close();
  }

  async #begin(): Promise<boolean> {
    const first = this.#waiting as Uint8Array;
    this.#waiting = undefined;
    const compression = compressionOf(first);
    this.#compression = compression;
    if (compression !== 'none') {
      // Most files are not, and to load Node.js's zlib takes some milliseconds.
      const inflate = await import('./capture-file-inflate.ts');
      this.#inflater = new inflate.Inflater(compression, piece => this.#decode(piece));
    }
    return await this.#pass(first);
  }

  async #pass(piece: Uint8Array): Promise<boolean> {
    const inflater = this.#inflater;
    if (inflater === undefined) return this.#decode(piece);
    await inflater.write(piece);
    this.#noteFailure(inflater);
    return this.damage === undefined;
  }

  #decode(piece: Uint8Array): boolean {
    this.#length += piece.length;
    const room = KIND_BYTES - this.#firstLength;
    if (room > 0) {
      const kept = piece.subarray(0, room);
      this.#first.set(kept, this.#firstLength);
      this.#firstLength += kept.length;
    }
    return this.#decoder.push(piece);
  }

  #noteFailure({ failure }: Inflater): void {
    // What the decoder found wrong comes before what is wrong behind it.
    if (failure === undefined || this.#decoder.damage !== undefined) return;
    this.#compressionDamage = {
      reason: 'compression',
      message: `its ${this.#compression} is damaged or cut short (${failure.message})`,
      offset: this.#length,
    };
  }
}
