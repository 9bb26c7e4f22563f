/**
 * Frames that a capture sends to itself, to prove its ends: when the first one has come, the capture is running; when the
 * last one has come, everything before it has. They carry a number that only this capture knows, and are not recorded.
 */
import { randomBytes } from 'node:crypto';

/** For experiments on a local network (IEEE 802, local experimental EtherType 1): no program takes such frames. */
export const SENTINEL_ETHER_TYPE = 0x88b5;
const NONCE_BYTES = 16;

export class Sentinel {
  /** What every sentinel of this capture starts with: 16 random bytes. */
  readonly nonce: Uint8Array = randomBytes(NONCE_BYTES);
  #serial = 0;

  /** The serial number of a proof: 0 to 255, and again from 0 on. */
  nextSerial(): number {
    this.#serial = (this.#serial + 1) & 0xff;
    return this.#serial;
  }

  payload(serial: number): Uint8Array {
    return Uint8Array.of(...this.nonce, serial);
  }

  /** The serial number of the payload at `start`; undefined: it is none of ours. */
  serialOf(bytes: Uint8Array, start: number, end: number): number | undefined {
    if (end - start <= NONCE_BYTES) return undefined;
    for (let at = 0; at < NONCE_BYTES; at++) if (bytes[start + at] !== this.nonce[at]) return undefined;
    return bytes[start + NONCE_BYTES];
  }
}
