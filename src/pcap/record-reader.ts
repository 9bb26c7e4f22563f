/**
 * What the decoder of one format does. `CaptureDecoder` finds the format, joins what two pieces share, and keeps the contract
 * of pieces; a reader only ever sees bytes that lie together.
 */
import type { Damage } from './damage.ts';

export interface RecordReader {
  /** How many bytes it must see together to go on from where it stands. */
  readonly needed: number;
  /** Set where it can not go on at all. */
  readonly damage: Damage | undefined;
  /** Bytes of a record that has begun and was taken in part: where that is not 0, the file must not end here. */
  readonly begunBytes: number;
  /** Blocks of kinds that are not read here. */
  readonly skippedBlocks: number;
  /**
   * Reads the whole records in `bytes[start]` to `bytes[end - 1]` and gives the position after the last one. Where that is before
   * `end` and there is no damage, `needed` says how many bytes from there on are wanted, more than there are.
   * @param offset of `bytes[0]` in the capture.
   * @param isLast nothing comes after these bytes.
   */
  read(bytes: Uint8Array, start: number, end: number, offset: number, isLast: boolean): number;
}
