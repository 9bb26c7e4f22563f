/**
 * What a link has delivered, from the emulator's capture: classic pcap with nanoseconds, little-endian, bare IPv4.
 */
import { readFileSync } from 'node:fs';
import { NEAR_END } from './emulator.ts';

const MAGIC_NS = 0xa1b23c4d;
const LINK_RAW = 101;
const FILE_HEADER = 24;
const RECORD_HEADER = 16;
const IPV4 = 4;
const SOURCE_AT = 12;
const SOURCE = Buffer.from(NEAR_END.split('.').map(Number));
/** Acknowledgements and handshakes are shorter, full packets three times as long. */
const LEAST_DATA_BYTES = 400;

/** A packet with data, from the near end to the far end. */
export interface DataPacket {
  /** When it left the link; whole seconds are counted from the first packet. */
  readonly seconds: number;
  /** The IP packet. */
  readonly bytes: number;
  /** Where it goes. */
  readonly port: number;
}

/** Packets that carry data. @throws Error where it is not such a file */
export function* dataPackets(path: string): Generator<DataPacket> {
  const file = readFileSync(path);
  if (file.readUInt32LE(0) !== MAGIC_NS || file.readUInt32LE(20) !== LINK_RAW)
    throw new Error(`${path} is no capture of bare IP packets with nanoseconds`);
  let firstSecond: number | undefined;
  let at = FILE_HEADER;
  while (at + RECORD_HEADER <= file.length) {
    const [second, nanosecond] = [file.readUInt32LE(at), file.readUInt32LE(at + 4)];
    const [kept, bytes] = [file.readUInt32LE(at + 8), file.readUInt32LE(at + 12)];
    const packet = at + RECORD_HEADER;
    at = packet + kept;
    if (at > file.length) return;
    const version = file[packet]! >> 4;
    if (
      bytes < LEAST_DATA_BYTES ||
      version !== IPV4 ||
      !file.subarray(packet + SOURCE_AT, packet + SOURCE_AT + 4).equals(SOURCE)
    )
      continue;
    firstSecond ??= second;
    const transport = packet + (file[packet]! & 0x0f) * 4;
    yield { seconds: second - firstSecond + nanosecond / 1e9, bytes, port: file.readUInt16BE(transport + 2) };
  }
}
