/**
 * Writes pcapng, little-endian, with times in nanoseconds: one section, its interfaces, packets, statistics, names and secrets.
 *
 * What is written gathers until `take`: the owner decides how much goes to the file at once. Secrets go before the packets that
 * need them.
 */
import { UsageError } from '../errors/errors.ts';
import { OPTION } from './block-options.ts';
import { Output, textBytes } from './output.ts';
import {
  BLOCK,
  BYTE_ORDER_MAGIC,
  INTERFACE_OPTION,
  NAME_RECORD,
  PACKET_OPTION,
  SECTION_OPTION,
  STATISTICS_OPTION,
} from './pcapng-blocks.ts';
import type { CaptureTime, DecryptionSecrets, InterfaceStatistics, ResolvedName } from './record-sink.ts';

/** if_tsresol of 10^-9. */
const NANOSECOND_RESOLUTION = 9;
/** A section length that is not known. */
const NOT_KNOWN = 0xffffffff;
/** 2^64 nanoseconds are so many seconds, in the year 2554. */
const MOST_SECONDS = 18_446_744_073;
const IPV4_BYTES = 4;

export interface SectionOptions {
  readonly hardware?: string | undefined;
  readonly os?: string | undefined;
  /** The program that writes the file. */
  readonly application?: string | undefined;
  readonly comments?: readonly string[] | undefined;
}

export interface InterfaceOptions {
  /** LINKTYPE_ number. */
  readonly linkType: number;
  /** Bytes; 0 unless given: packets are not cut. */
  readonly snapLength?: number | undefined;
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly hardware?: string | undefined;
  readonly os?: string | undefined;
  /** The capture filter as text. */
  readonly filter?: string | undefined;
  /** Bits a second. */
  readonly speed?: number | undefined;
  /** Bytes of the frame check sequence at the end of each packet. */
  readonly fcsLength?: number | undefined;
  readonly comments?: readonly string[] | undefined;
}

export interface PacketOptions {
  readonly comments?: readonly string[] | undefined;
  /** The flags word: bits 0-1 direction (1 in, 2 out), 2-4 reception, 5-8 FCS length, 16-31 link errors. */
  readonly flags?: number | undefined;
  /** Packets lost since the one before on this interface. */
  readonly dropCount?: number | undefined;
}

export interface StatisticsOptions extends Omit<InterfaceStatistics, 'comments'> {
  readonly comments?: readonly string[] | undefined;
}

export class PcapngEncoder {
  readonly #output = new Output();
  #interfaces = 0;

  constructor(options: SectionOptions = {}) {
    const output = this.#output;
    this.#block(BLOCK.sectionHeader, () => {
      output.u32(BYTE_ORDER_MAGIC);
      output.u16(1);
      output.u16(0);
      output.u32(NOT_KNOWN);
      output.u32(NOT_KNOWN);
      this.#comments(options.comments);
      this.#text(SECTION_OPTION.hardware, options.hardware);
      this.#text(SECTION_OPTION.os, options.os);
      this.#text(SECTION_OPTION.application, options.application);
      output.u32(OPTION.end);
    });
  }

  /** Bytes that wait for `take`. */
  get pending(): number {
    return this.#output.length;
  }

  /** All that was written since the last call: a view, good until something is written again. */
  take(): Uint8Array {
    return this.#output.take();
  }

  /**
   * Describes an interface; gives the number that its packets name.
   * @throws UsageError SW_USAGE where a text is too long.
   */
  interface(options: InterfaceOptions): number {
    const output = this.#output;
    this.#block(BLOCK.interfaceDescription, () => {
      output.u16(options.linkType);
      output.u16(0);
      output.u32(options.snapLength ?? 0);
      this.#comments(options.comments);
      this.#text(INTERFACE_OPTION.name, options.name);
      this.#text(INTERFACE_OPTION.description, options.description);
      this.#counter(INTERFACE_OPTION.speed, options.speed);
      this.#byte(INTERFACE_OPTION.resolution, NANOSECOND_RESOLUTION);
      // In front of a filter stands its kind: 0, text.
      if (options.filter !== undefined) this.#text(INTERFACE_OPTION.filter, `\0${options.filter}`);
      this.#text(INTERFACE_OPTION.os, options.os);
      if (options.fcsLength !== undefined) this.#byte(INTERFACE_OPTION.fcsLength, options.fcsLength);
      this.#text(INTERFACE_OPTION.hardware, options.hardware);
      output.u32(OPTION.end);
    });
    return this.#interfaces++;
  }

  /**
   * Writes the packet `bytes[start]` to `bytes[start + capturedLength - 1]` of an interface.
   * @param seconds since 1970: 0 to 18,446,744,072.
   * @param nanoseconds 0 to 999,999,999.
   * @param length on the wire.
   * @throws UsageError SW_USAGE where the time or the interface does not fit, or a comment is too long.
   */
  packet(
    interfaceIndex: number,
    seconds: number,
    nanoseconds: number,
    bytes: Uint8Array,
    start: number = 0,
    capturedLength: number = bytes.length - start,
    length: number = capturedLength,
    options?: PacketOptions,
  ): void {
    this.#checkInterface(interfaceIndex);
    checkSeconds(seconds);
    const comments = options?.comments?.map(textBytes);
    const block = this.#begin(BLOCK.enhancedPacket);
    const output = this.#output;
    output.u32(interfaceIndex);
    this.#ticks(seconds, nanoseconds);
    output.u32(capturedLength);
    output.u32(length);
    output.bytes(bytes, start, capturedLength);
    output.pad();
    if (options !== undefined) {
      for (const comment of comments ?? []) this.#value(OPTION.comment, comment);
      if (options.flags !== undefined) {
        this.#option(PACKET_OPTION.flags, 4);
        output.u32(options.flags);
      }
      this.#counter(PACKET_OPTION.dropCount, options.dropCount);
      output.u32(OPTION.end);
    }
    this.#finish(block);
  }

  /**
   * Says what an interface counted, at the end of a capture.
   * @throws UsageError SW_USAGE where a time or the interface does not fit.
   */
  statistics(statistics: StatisticsOptions): void {
    const { time, startTime, endTime } = statistics;
    this.#checkInterface(statistics.interfaceIndex);
    for (const moment of [time, startTime, endTime]) if (moment !== undefined) checkSeconds(moment.seconds);
    this.#block(BLOCK.interfaceStatistics, () => {
      this.#output.u32(statistics.interfaceIndex);
      this.#ticks(time.seconds, time.nanoseconds);
      this.#comments(statistics.comments);
      this.#time(STATISTICS_OPTION.startTime, startTime);
      this.#time(STATISTICS_OPTION.endTime, endTime);
      this.#counter(STATISTICS_OPTION.received, statistics.received);
      this.#counter(STATISTICS_OPTION.dropped, statistics.dropped);
      this.#counter(STATISTICS_OPTION.accepted, statistics.accepted);
      this.#counter(STATISTICS_OPTION.osDropped, statistics.osDropped);
      this.#counter(STATISTICS_OPTION.delivered, statistics.delivered);
      this.#output.u32(OPTION.end);
    });
  }

  /** Writes what is needed to decrypt packets that follow; `TLS_KEY_LOG` for the text of a key log file. */
  secrets({ type, secrets }: DecryptionSecrets): void {
    const output = this.#output;
    this.#block(BLOCK.decryptionSecrets, () => {
      output.u32(type);
      output.u32(secrets.length);
      output.bytes(secrets);
      output.pad();
    });
  }

  /** Names of addresses of 4 or 16 bytes. */
  names(names: readonly ResolvedName[]): void {
    const output = this.#output;
    this.#block(BLOCK.nameResolution, () => {
      for (const { address, names: texts } of names) {
        const value = textBytes(texts.map(text => `${text}\0`).join(''));
        const kind = address.length === IPV4_BYTES ? NAME_RECORD.ipv4 : NAME_RECORD.ipv6;
        this.#option(kind, address.length + value.length);
        output.bytes(address);
        output.bytes(value);
        output.pad();
      }
      output.u32(NAME_RECORD.end);
    });
  }

  #checkInterface(index: number): void {
    if (index >= 0 && index < this.#interfaces) return;
    throw new UsageError('SW_USAGE', `interface ${index} is not described: ${this.#interfaces} are so far`);
  }

  #begin(type: number): number {
    const start = this.#output.length;
    this.#output.u32(type);
    this.#output.u32(0);
    return start;
  }

  /** A block other than a packet; where something in it does not fit, nothing of it is written. */
  #block(type: number, writeBody: () => void): void {
    const start = this.#begin(type);
    try {
      writeBody();
    } catch (error) {
      this.#output.truncate(start);
      throw error;
    }
    this.#finish(start);
  }

  #finish(start: number): void {
    const output = this.#output;
    const length = output.length + 4 - start;
    output.u32(length);
    output.setU32(start + 4, length);
  }

  #option(code: number, length: number): void {
    this.#output.u16(code);
    this.#output.u16(length);
  }

  #byte(code: number, value: number): void {
    this.#option(code, 1);
    this.#output.u8(value);
    this.#output.pad();
  }

  #counter(code: number, value: number | undefined): void {
    if (value === undefined) return;
    this.#option(code, 8);
    this.#output.u64(value);
  }

  #time(code: number, time: CaptureTime | undefined): void {
    if (time === undefined) return;
    this.#option(code, 8);
    this.#ticks(time.seconds, time.nanoseconds);
  }

  #text(code: number, text: string | undefined): void {
    if (text !== undefined) this.#value(code, textBytes(text));
  }

  #value(code: number, bytes: Uint8Array): void {
    this.#option(code, bytes.length);
    this.#output.bytes(bytes);
    this.#output.pad();
  }

  #comments(comments: readonly string[] = []): void {
    for (const comment of comments) this.#text(OPTION.comment, comment);
  }

  /** Nanoseconds since 1970 as two words, the upper one first. */
  #ticks(seconds: number, nanoseconds: number): void {
    // In base 2^16, since a date in nanoseconds is above 2^53: seconds = upper * 2^16 + lower.
    const upper = Math.floor(seconds / 0x10000) * 1_000_000_000;
    const lower = (seconds % 0x10000) * 1_000_000_000 + nanoseconds;
    const carried = Math.floor(upper / 0x10000);
    const low = (upper - carried * 0x10000) * 0x10000 + lower;
    const more = Math.floor(low / 2 ** 32);
    this.#output.u32(carried + more);
    this.#output.u32(low - more * 2 ** 32);
  }
}

function checkSeconds(seconds: number): void {
  if (seconds >= 0 && seconds < MOST_SECONDS) return;
  throw new UsageError('SW_USAGE', `${seconds} s do not fit into pcapng: 0 to ${MOST_SECONDS - 1} do`);
}
