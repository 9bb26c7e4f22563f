/**
 * Writes pcap, little-endian, version 2.4, with microseconds or nanoseconds.
 *
 * What is written gathers until `take`: the owner decides how much goes to the file at once.
 */
import { UsageError } from '../errors/errors.ts';
import { LINK_TYPE, MOST_PACKET_BYTES } from './link-types.ts';
import { Output } from './output.ts';
import { PCAP_MAGIC } from './pcap-layout.ts';

export interface PcapOptions {
  /** LINKTYPE_ number; Ethernet unless given. */
  readonly linkType?: number | undefined;
  /** Bytes; 262,144 unless given. */
  readonly snapLength?: number | undefined;
  /** Unless given, nanoseconds. */
  readonly resolution?: 'microseconds' | 'nanoseconds' | undefined;
}

export class PcapEncoder {
  readonly #output = new Output();
  readonly #hasNanoseconds: boolean;

  constructor(options: PcapOptions = {}) {
    const { linkType = LINK_TYPE.ethernet, snapLength = MOST_PACKET_BYTES, resolution } = options;
    this.#hasNanoseconds = resolution !== 'microseconds';
    const output = this.#output;
    output.u32(this.#hasNanoseconds ? PCAP_MAGIC.nanoseconds : PCAP_MAGIC.microseconds);
    output.u16(2);
    output.u16(4);
    output.u64(0);
    output.u32(snapLength);
    output.u32(linkType);
  }

  /** Bytes that wait for `take`. */
  get pending(): number {
    return this.#output.length;
  }

  /** All that was written since the last call: a view, good until the next packet. */
  take(): Uint8Array {
    return this.#output.take();
  }

  /**
   * Writes the packet `bytes[start]` to `bytes[start + capturedLength - 1]`.
   * @param seconds 0 to 2^32 - 1.
   * @param nanoseconds 0 to 999,999,999; cut to microseconds where the file has those.
   * @param length on the wire.
   * @throws UsageError SW_USAGE where the time does not fit.
   */
  packet(
    seconds: number,
    nanoseconds: number,
    bytes: Uint8Array,
    start: number = 0,
    capturedLength: number = bytes.length - start,
    length: number = capturedLength,
  ): void {
    if (!(seconds >= 0 && seconds < 2 ** 32)) {
      throw new UsageError('SW_USAGE', `${seconds} s do not fit into pcap: 0 to 2^32 - 1 do`);
    }
    const output = this.#output;
    output.u32(seconds);
    output.u32(this.#hasNanoseconds ? nanoseconds : Math.floor(nanoseconds / 1_000));
    output.u32(capturedLength);
    output.u32(length);
    output.bytes(bytes, start, capturedLength);
  }
}
