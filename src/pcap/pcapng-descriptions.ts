/**
 * What the blocks of pcapng say that are no packets: sections, interfaces, statistics, names, secrets. Each function reads one
 * block whose fixed part is there; it gives a text, what is wrong, where the block is damaged.
 */
import { type BlockOptions, OPTION } from './block-options.ts';
import { s64, u16, u32, u64 } from './byte-order.ts';
import { NOT_SAID } from './packet-record.ts';
import {
  FIXED_BYTES,
  INTERFACE_OPTION,
  NAME_RECORD,
  padded,
  SECTION_OPTION,
  STATISTICS_OPTION,
} from './pcapng-blocks.ts';
import type {
  CaptureTime,
  DecryptionSecrets,
  InterfaceDescription,
  InterfaceStatistics,
  ResolvedName,
  SectionDescription,
} from './record-sink.ts';
import { type TickClock, ticksPerSecondOf } from './tick-clock.ts';

const IPV4_BYTES = 4;
const IPV6_BYTES = 16;
const MAC_BYTES = 6;
/** What if_tsresol says where it is missing: 10^-6 s. */
const MICROSECONDS = 6;
/** if_filter begins with its kind; this one is text. */
const FILTER_IS_TEXT = 0;

const UTF8 = new TextDecoder('utf-8');

/** The body of a block: `bytes[start]` to `bytes[end - 1]`. */
export interface BlockBody {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly isLittle: boolean;
  readonly options: BlockOptions;
}

/** Section Header Block. */
export function readSection(body: BlockBody, index: number): SectionDescription | string {
  const { options } = body;
  const comments: string[] = [];
  let hardware: string | undefined;
  let os: string | undefined;
  let application: string | undefined;
  options.moveTo(body.bytes, body.start + FIXED_BYTES.sectionHeader, body.end, body.isLittle);
  while (options.next()) {
    if (options.code === OPTION.comment) comments.push(options.text());
    else if (options.code === SECTION_OPTION.hardware) hardware = options.text();
    else if (options.code === SECTION_OPTION.os) os = options.text();
    else if (options.code === SECTION_OPTION.application) application = options.text();
  }
  if (options.problem !== undefined) return options.problem;
  return { index, byteOrder: body.isLittle ? 'little' : 'big', hardware, os, application, comments };
}

/** Interface Description Block. An option whose length is not as it should be is passed over. */
export function readInterface(body: BlockBody, index: number): InterfaceDescription | string {
  const { bytes, start, isLittle, options } = body;
  const texts = new Map<number, string>();
  const comments: string[] = [];
  const ipv4: Uint8Array[] = [];
  const ipv6: Uint8Array[] = [];
  let resolution = MICROSECONDS;
  let offsetSeconds = 0;
  let fcsLength: number = NOT_SAID;
  let filter: string | undefined;
  let speed: number | undefined;
  let mac: Uint8Array | undefined;
  options.moveTo(bytes, start + FIXED_BYTES.interfaceDescription, body.end, isLittle);
  while (options.next()) {
    const { code, length, at } = options;
    if (code === OPTION.comment) comments.push(options.text());
    else if (code === INTERFACE_OPTION.ipv4 && length >= IPV4_BYTES) ipv4.push(options.copy(IPV4_BYTES));
    else if (code === INTERFACE_OPTION.ipv6 && length >= IPV6_BYTES) ipv6.push(options.copy(IPV6_BYTES));
    else if (code === INTERFACE_OPTION.mac && length === MAC_BYTES) mac = options.copy();
    else if (code === INTERFACE_OPTION.speed && length === 8) speed = u64(bytes, at, isLittle);
    else if (code === INTERFACE_OPTION.resolution && length === 1) resolution = bytes[at] as number;
    else if (code === INTERFACE_OPTION.offset && length === 8) offsetSeconds = s64(bytes, at, isLittle);
    else if (code === INTERFACE_OPTION.fcsLength && length === 1) fcsLength = bytes[at] as number;
    else if (code === INTERFACE_OPTION.filter) {
      if (length === 0) return 'the filter of an interface has no bytes: at least 1 was expected';
      if (bytes[at] === FILTER_IS_TEXT) filter = options.text().slice(1);
    } else texts.set(code, options.text());
  }
  if (options.problem !== undefined) return options.problem;
  return {
    index,
    linkType: u16(bytes, start, isLittle),
    snapLength: u32(bytes, start + 4, isLittle),
    ticksPerSecond: ticksPerSecondOf(resolution),
    offsetSeconds,
    fcsLength,
    name: texts.get(INTERFACE_OPTION.name),
    description: texts.get(INTERFACE_OPTION.description),
    hardware: texts.get(INTERFACE_OPTION.hardware),
    os: texts.get(INTERFACE_OPTION.os),
    filter,
    speed,
    ipv4,
    ipv6,
    mac,
    comments,
  };
}

/** Interface Statistics Block; `index` and `clock` are those of its interface. */
export function readStatistics(
  body: BlockBody,
  index: number,
  clock: TickClock,
): InterfaceStatistics | string {
  const { bytes, start, isLittle, options } = body;
  const time = (at: number): CaptureTime => {
    clock.convert(u32(bytes, at, isLittle), u32(bytes, at + 4, isLittle));
    return { seconds: clock.seconds, nanoseconds: clock.nanoseconds };
  };
  const comments: string[] = [];
  const counters = new Map<number, number>();
  let startTime: CaptureTime | undefined;
  let endTime: CaptureTime | undefined;
  options.moveTo(bytes, start + FIXED_BYTES.interfaceStatistics, body.end, isLittle);
  while (options.next()) {
    if (options.code === OPTION.comment) comments.push(options.text());
    else if (options.length !== 8) continue;
    else if (options.code === STATISTICS_OPTION.startTime) startTime = time(options.at);
    else if (options.code === STATISTICS_OPTION.endTime) endTime = time(options.at);
    else counters.set(options.code, u64(bytes, options.at, isLittle));
  }
  if (options.problem !== undefined) return options.problem;
  return {
    interfaceIndex: index,
    time: time(start + 4),
    startTime,
    endTime,
    received: counters.get(STATISTICS_OPTION.received),
    dropped: counters.get(STATISTICS_OPTION.dropped),
    accepted: counters.get(STATISTICS_OPTION.accepted),
    osDropped: counters.get(STATISTICS_OPTION.osDropped),
    delivered: counters.get(STATISTICS_OPTION.delivered),
    comments,
  };
}

/** Name Resolution Block. The record that ends the list may be missing; records of other kinds are passed over. */
export function readNames({
  bytes,
  start,
  end,
  isLittle,
  options,
}: BlockBody): readonly ResolvedName[] | string {
  const found: ResolvedName[] = [];
  let at = start;
  while (end - at >= FIXED_BYTES.nameResolution) {
    const kind = u16(bytes, at, isLittle);
    const length = u16(bytes, at + 2, isLittle);
    if (kind === NAME_RECORD.end) {
      options.moveTo(bytes, at + FIXED_BYTES.nameResolution, end, isLittle);
      while (options.next());
      return options.problem ?? found;
    }
    const value = at + FIXED_BYTES.nameResolution;
    const next = value + padded(length);
    if (next > end) return `a name record of ${length} bytes does not fit into its block`;
    if (kind === NAME_RECORD.ipv4 || kind === NAME_RECORD.ipv6) {
      const addressBytes = kind === NAME_RECORD.ipv4 ? IPV4_BYTES : IPV6_BYTES;
      if (length < addressBytes)
        return `a name record of ${length} bytes: at least ${addressBytes} were expected`;
      const text = UTF8.decode(bytes.subarray(value + addressBytes, value + length));
      if (text !== '' && !text.endsWith('\0')) return 'a name is not ended by a NUL';
      const names = text.split('\0').filter(name => name !== '');
      found.push({ address: bytes.slice(value, value + addressBytes), names });
    }
    at = next;
  }
  return found;
}

/** Decryption Secrets Block. */
export function readSecrets({ bytes, start, end, isLittle }: BlockBody): DecryptionSecrets | string {
  const length = u32(bytes, start + 4, isLittle);
  const value = start + FIXED_BYTES.decryptionSecrets;
  if (length > end - value) return `secrets of ${length} bytes do not fit into their block`;
  return { type: u32(bytes, start, isLittle), secrets: bytes.slice(value, value + length) };
}
