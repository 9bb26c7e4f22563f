/** The fields `frame.*`, but for the layers. */
import type { FieldWriter } from './field-writer.ts';
import { putDecimal, putNineDigits } from './text-bytes.ts';

const MINUS = 0x2d;
const POINT = 0x2e;
const NS_PER_SECOND = 1_000_000_000;

export const frameNumber: FieldWriter = (out, at, { packet }) => putDecimal(out, at, packet.number);
export const frameLength: FieldWriter = (out, at, { packet }) => putDecimal(out, at, packet.length);
export const capturedLength: FieldWriter = (out, at, { packet }) =>
  putDecimal(out, at, packet.capturedLength);

/** Both numbers may be negative, and a damaged file's nanoseconds more than a second. */
export const frameTime: FieldWriter = (out, at, { packet }) => {
  const { hasTime, seconds, nanoseconds } = packet;
  if (!hasTime) return at;
  let position = at;
  if (seconds < 0 || nanoseconds < 0) out[position++] = MINUS;
  position = putDecimal(out, position, Math.abs(seconds));
  out[position++] = POINT;
  const fraction = Math.abs(nanoseconds);
  return fraction < NS_PER_SECOND
    ? putNineDigits(out, position, fraction)
    : putDecimal(out, position, fraction);
};
