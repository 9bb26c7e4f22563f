/**
 * The naive protocol: 16-byte records (sensor 4, microseconds 8, value 4), answered with the number of records so far
 * in 4 bytes. Nothing is announced, checked, resumed or stored: what a program of thirty lines would do.
 */
import type { PeerReading } from './load.ts';

export const RECORD_BYTES = 16;

/** Writes one record; gives where the next one begins. */
export function putRecord(bytes: Buffer, at: number, { sensor, timeUs, value }: PeerReading): number {
  bytes.writeUInt32LE(sensor, at);
  bytes.writeUInt32LE(timeUs % 2 ** 32, at + 4);
  bytes.writeUInt32LE(Math.floor(timeUs / 2 ** 32), at + 8);
  bytes.writeFloatLE(value, at + 12);
  return at + RECORD_BYTES;
}

/** A count as it goes back. */
export function acknowledgement(count: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32LE(count);
  return bytes;
}
