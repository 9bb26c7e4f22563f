/**
 * The fields `tcp.options.*`: one value for each option of the kind, with commas between them. They are read from the
 * header again, because tshark shows options that occur twice, and those that are too long.
 */
import { TRANSPORT } from '../wire/packet.ts';
import { isSoundOption } from '../wire/tcp-options.ts';
import { COMMA, type FieldWriter } from './field-writer.ts';
import { u16 } from './fields-network.ts';
import { putDecimal, putHexBytes } from './text-bytes.ts';

const FIXED_LENGTH = 20;

const END = 0;
const NO_OPERATION = 1;
const MSS = 2;
const WINDOW_SCALE = 3;
const SACK_PERMITTED = 4;
const SACK = 5;
const TIMESTAMPS = 8;

/**
 * Writes what the option says that is `bytes[start]` and on, as far as it was captured.
 * @param length of the option, kind and length counted
 * @param end where the option ends, or the captured bytes do
 */
type OptionWriter = (
  out: Uint8Array,
  at: number,
  bytes: Uint8Array,
  start: number,
  length: number,
  end: number,
  peerBase: number,
) => number;

function forEachOption(kind: number, write: OptionWriter): FieldWriter {
  return (out, at, { packet, verdict }) => {
    const { transport, transportBytes: bytes, transportEnd: captured, tcp } = packet;
    if (transport !== TRANSPORT.tcp || tcp.headerLength <= FIXED_LENGTH) return at;
    const headerEnd = tcp.start + tcp.headerLength;
    let position = at;
    let option = tcp.start + FIXED_LENGTH;
    while (option < headerEnd && option < captured) {
      const found = bytes[option] as number;
      if (found === NO_OPERATION) {
        option++;
        continue;
      }
      const length = option + 1 < captured ? (bytes[option + 1] as number) : 0;
      if (found === END || length < 2 || option + length > headerEnd) return position;
      if (found === kind) {
        const value = position === at ? position : position + 1;
        const end = Math.min(option + length, captured);
        const written = write(out, value, bytes, option, length, end, verdict.peerBase);
        if (written > value) {
          if (value > position) out[position] = COMMA;
          position = written;
        }
      }
      if (!isSoundOption(found, length)) return position;
      option += length;
    }
    return position;
  };
}

/** A number at a place of an option that has just one length. */
function numberAt(kind: number, length: number, offset: number, size: 1 | 2 | 4): FieldWriter {
  return forEachOption(kind, (out, at, bytes, start, found, end) => {
    const place = start + offset;
    if (found !== length || place + size > end) return at;
    const value = size === 4 ? u32(bytes, place) : size === 2 ? u16(bytes, place) : (bytes[place] as number);
    return putDecimal(out, at, value);
  });
}

function u32(bytes: Uint8Array, at: number): number {
  return u16(bytes, at) * 0x1_0000 + u16(bytes, at + 2);
}

export const mss: FieldWriter = numberAt(MSS, 4, 2, 2);
export const windowScale: FieldWriter = numberAt(WINDOW_SCALE, 3, 2, 1);
export const timestampValue: FieldWriter = numberAt(TIMESTAMPS, 10, 2, 4);
export const timestampEcho: FieldWriter = numberAt(TIMESTAMPS, 10, 6, 4);

/** tshark shows the bytes of the option. */
export const sackPermitted: FieldWriter = forEachOption(
  SACK_PERMITTED,
  (out, at, bytes, start, length, end) =>
    start + length === end ? putHexBytes(out, at, bytes, start, end) : at,
);

/** Edges are relative to the other direction's initial sequence number. @param edge where in a block it is */
function sackEdges(edge: 0 | 4): FieldWriter {
  return forEachOption(SACK, (out, at, bytes, start, _length, end, peerBase) => {
    let position = at;
    for (let block = start + 2; block + edge + 4 <= end; block += 8) {
      if (block > start + 2) out[position++] = COMMA;
      position = putDecimal(out, position, (u32(bytes, block + edge) - peerBase) >>> 0);
    }
    return position;
  });
}
export const sackLeft: FieldWriter = sackEdges(0);
export const sackRight: FieldWriter = sackEdges(4);
