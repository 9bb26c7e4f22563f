/** Both halves of the analysis of a large capture in one thread: what the second one is given, piece by piece of any size. */
import type { CaptureAnalysis } from '../analysis/capture-analysis.ts';
import { CaptureTally } from '../analysis/capture-tally.ts';
import { CHUNK_BYTES } from '../analysis/columns-chunk.ts';
import {
  RowFeeder,
  type RowHost,
  type RowSource,
  readRecord,
  recordNumbers,
} from '../analysis/row-feeder.ts';
import { CaptureDecoder } from '../pcap/capture-decoder.ts';
import { PacketRecord } from '../pcap/packet-record.ts';

export class LocalRows implements RowHost, RowSource {
  piece: Uint8Array = new Uint8Array(0);
  /** Frames that two pieces shared. */
  sent = 0;
  readonly #chunks: SharedArrayBuffer[] = [];
  readonly #frames: Uint8Array[] = [];
  readonly #record = new PacketRecord();
  #records: Float64Array = new Float64Array(0);

  /** Reads the capture in pieces of so many bytes, and finishes the analysis. */
  analyse(capture: Uint8Array, pieceBytes: number, analysis: CaptureAnalysis): void {
    const feeder = new RowFeeder(this);
    const tally = new CaptureTally(feeder);
    const decoder = new CaptureDecoder(tally);
    const take = (piece: Uint8Array, decode: () => void): void => {
      this.piece = piece;
      this.#records = new Float64Array(recordNumbers(piece.length));
      feeder.beginPiece(piece, this.#records);
      decode();
      analysis.takeRows(feeder.count, this);
    };
    for (let at = 0; at < capture.length; at += pieceBytes) {
      // Overwritten afterwards: nothing may be kept of it.
      const piece = capture.slice(at, at + pieceBytes);
      take(piece, () => decoder.push(piece));
      piece.fill(0xff);
    }
    take(new Uint8Array(0), () => decoder.end());
    const { format, damage, skippedBlocks } = decoder;
    analysis.finish(
      {
        format,
        compression: 'none',
        damage,
        sizeBytes: capture.length,
        skippedBlocks,
        wasStopped: false,
      },
      structuredClone(tally.facts()),
    );
  }

  openChunk(): Int32Array {
    const buffer = new SharedArrayBuffer(CHUNK_BYTES);
    this.#chunks.push(buffer);
    return new Int32Array(buffer);
  }

  sendFrame(bytes: Uint8Array): void {
    this.sent++;
    this.#frames.push(bytes.slice());
  }

  nextChunk(): SharedArrayBuffer {
    return this.#chunks.shift() as SharedArrayBuffer;
  }

  nextFrame(): Uint8Array {
    return this.#frames.shift() as Uint8Array;
  }

  record(index: number): PacketRecord {
    return readRecord(this.#records, index, this, this.#record);
  }
}
