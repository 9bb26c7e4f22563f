/**
 * Small captures made in a test, and what tshark says of them with our dissector loaded.
 *
 * Frames are raw IPv4 packets without checksums; times are those that the test gives.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ByteWriter } from '../../src/bytes/writer.ts';
import type { Field } from '../../src/dissector/fields.ts';
import { RELIABLE_UDP } from '../../src/dissector/rudp-fields.ts';
import { dissectorScript } from '../../src/dissector/script.ts';
import { TELEMETRY } from '../../src/dissector/telemetry-fields.ts';
import { LINK_TYPE, MOST_PACKET_BYTES } from '../../src/pcap/link-types.ts';
import { PcapEncoder } from '../../src/pcap/pcap-encoder.ts';
import { runProgram } from './programs.ts';

const PROTOCOL = { tcp: 6, udp: 17 } as const;
const TCP_ACK = 0x10;
const TCP_HEADER_BYTES = 20;
const UDP_HEADER_BYTES = 8;
const IP_HEADER_BYTES = 20;

/** One end: the last byte of 10.0.0.x, and a port. */
export interface Place {
  readonly host: number;
  readonly port: number;
}

export const SENDER: Place = { host: 1, port: 40_000 };
export const COLLECTOR: Place = { host: 2, port: 50_010 };

/** A pcap file under construction. */
export class CaptureFile {
  readonly #encoder = new PcapEncoder({ linkType: LINK_TYPE.raw });
  readonly #nextSeq: Map<string, number> = new Map();
  #frames = 0;
  #bytes: Uint8Array | undefined;

  /** Frames so far: the number of the last one. */
  get frames(): number {
    return this.#frames;
  }

  /** The file: no frame may come after. */
  get bytes(): Uint8Array {
    this.#bytes ??= this.#encoder.take();
    return this.#bytes;
  }

  /** @param mostBytes what the capture keeps of the frame */
  udp(
    atUs: number,
    from: Place,
    to: Place,
    payload: Uint8Array,
    mostBytes: number = MOST_PACKET_BYTES,
  ): void {
    const udp = new ByteWriter(payload.length + UDP_HEADER_BYTES);
    for (const value of [from.port, to.port, UDP_HEADER_BYTES + payload.length, 0]) put16(udp, value);
    udp.bytes(payload);
    this.#ip(atUs, from, to, PROTOCOL.udp, udp.written(), mostBytes);
  }

  /** The next segment of this direction. */
  tcp(atUs: number, from: Place, to: Place, payload: Uint8Array): void {
    const tcp = new ByteWriter(payload.length + TCP_HEADER_BYTES);
    const [key, reverse] = [keyOf(from, to), keyOf(to, from)];
    const seq = this.#nextSeq.get(key) ?? 1_000;
    this.#nextSeq.set(key, seq + payload.length);
    put16(tcp, from.port);
    put16(tcp, to.port);
    for (const value of [seq, this.#nextSeq.get(reverse) ?? 1_000]) {
      put16(tcp, value >>> 16);
      put16(tcp, value & 0xffff);
    }
    for (const value of [(5 << 12) | TCP_ACK, 0xffff, 0, 0]) put16(tcp, value);
    tcp.bytes(payload);
    this.#ip(atUs, from, to, PROTOCOL.tcp, tcp.written(), MOST_PACKET_BYTES);
  }

  #ip(atUs: number, from: Place, to: Place, protocol: number, payload: Uint8Array, mostBytes: number): void {
    this.#frames++;
    const length = IP_HEADER_BYTES + payload.length;
    const ip = new ByteWriter(length);
    put16(ip, 0x4500);
    for (const value of [length, this.#frames & 0xffff, 0x4000, (64 << 8) | protocol, 0]) put16(ip, value);
    for (const { host } of [from, to]) ip.bytes(Uint8Array.of(10, 0, 0, host));
    ip.bytes(payload);
    const seconds = Math.floor(atUs / 1_000_000);
    const kept = Math.min(mostBytes, length);
    this.#encoder.packet(seconds, (atUs % 1_000_000) * 1_000, ip.written(), 0, kept, length);
  }
}

function keyOf(from: Place, to: Place): string {
  return `${from.host}:${from.port}>${to.host}:${to.port}`;
}

function put16(writer: ByteWriter, value: number): void {
  writer.u8((value >>> 8) & 0xff);
  writer.u8(value & 0xff);
}

/** A field's value as a test compares it: whole numbers and doubles, texts, bytes as hexadecimal digits. */
export type Value = number | string;
/** Values by the full name of their field, in the order of the packet. */
export type Shown = Map<string, Value[]>;

/** Adds values. Empty ones are left out: a lonely one cannot be told from none at all. */
export function show(shown: Shown, name: string, ...all: readonly Value[]): void {
  const values = all.filter(value => value !== '');
  if (values.length === 0) return;
  const before = shown.get(name);
  if (before === undefined) shown.set(name, [...values]);
  else before.push(...values);
}

interface NamedField extends Field {
  readonly fullName: string;
}

/** Every field that has a value. */
export const FIELDS: readonly NamedField[] = [TELEMETRY, RELIABLE_UDP].flatMap(({ name, fields }) =>
  fields
    .filter(({ type }) => type !== 'none')
    .map(field => ({ ...field, fullName: `${name}.${field.name}` })),
);

/** Between the fields of a line, and between several values of one field: in no text of ours. */
const BETWEEN_FIELDS = '\x1e';
const BETWEEN_VALUES = '\x1f';

/** Where Wireshark tells that a script failed. */
const LUA_ERROR = '_ws.lua.error';

/** A folder with the script, and tshark with nobody's settings. */
export class DissectorBench {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'sensewire-dissector-'));
  readonly #script = join(this.folder, 'sensewire.lua');
  #files = 0;

  constructor() {
    writeFileSync(this.#script, dissectorScript('test'));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** What tshark prints of a capture. It must succeed, and Lua must not have failed anywhere. */
  async tshark(capture: CaptureFile, ...args: readonly string[]): Promise<string> {
    if (capture.frames === 0) throw new Error('nothing was captured');
    const file = join(this.folder, `${++this.#files}.pcap`);
    writeFileSync(file, capture.bytes);
    const config = `WIRESHARK_CONFIG_DIR=${this.folder}`;
    const own = ['-X', `lua_script:${this.#script}`, '-n', '-r', file];
    const { code, out, err } = await runProgram('env', [config, 'TZ=UTC', 'tshark', ...own, ...args]);
    const complaint = err.replace('Running as user "root" and group "root". This could be dangerous.\n', '');
    if (code !== 0 || complaint !== '' || /Lua Error/i.test(out)) {
      const where = out.split('\n').find(line => /Lua Error/i.test(line));
      throw new Error(`tshark ${args.join(' ')}: ${code} ${complaint} ${where ?? ''}`);
    }
    return out;
  }

  /** The fields of each frame, of the names that are asked for. */
  async fields(capture: CaptureFile, names: readonly string[], ...args: readonly string[]): Promise<Shown[]> {
    const asked = [...names, LUA_ERROR].flatMap(name => ['-e', name]);
    const format = [
      '-T',
      'fields',
      '-E',
      `separator=${BETWEEN_FIELDS}`,
      '-E',
      `aggregator=${BETWEEN_VALUES}`,
    ];
    const out = await this.tshark(capture, ...args, ...format, ...asked);
    const types = new Map(FIELDS.map(({ fullName, type }) => [fullName, type]));
    return out
      .split('\n')
      .slice(0, -1)
      .map(line => {
        const shown: Shown = new Map();
        line.split(BETWEEN_FIELDS).forEach((cell, index) => {
          const name = names[index];
          if (cell === '') return;
          if (name === undefined) throw new Error(`Lua failed: ${cell}`);
          show(shown, name, ...cell.split(BETWEEN_VALUES).map(text => parsed(text, types.get(name))));
        });
        return shown;
      });
  }
}

/** The text of a field as its value. */
function parsed(text: string, type: Field['type'] | undefined): Value {
  switch (type) {
    case 'string':
    case 'bytes':
      return text === '<MISSING>' ? '' : text;
    case 'bool':
      return text === '1' || text === 'True' ? 1 : 0;
    case 'absolute_time':
      return nanoseconds(text);
    case 'double':
      return doubleOf(text);
    case undefined:
      return text;
    default:
      return Number(text);
  }
}

function doubleOf(text: string): Value {
  if (/nan/i.test(text)) return 'NaN';
  if (/inf/i.test(text)) return text.startsWith('-') ? 'less than all' : 'more than all';
  // The largest double, rounded to 15 digits, is beyond the largest double.
  return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, Number(text)));
}

/** A double in the same way. */
export function double(value: number): Value {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value < 0 ? 'less than all' : 'more than all';
  return value;
}

/** A time since 1970 as a text of its nanoseconds: `Jan 15, 2027 08:00:00.001250000 UTC`. */
function nanoseconds(text: string): string {
  const [, whole = '', fraction = ''] = /^(.*)\.(\d{9})/.exec(text) ?? [];
  return `${Date.parse(`${whole} UTC`) / 1_000}.${fraction}`;
}

/** The same of a time in microseconds. */
export function instant(us: number): string {
  return `${Math.floor(us / 1_000_000)}.${String((us % 1_000_000) * 1_000).padStart(9, '0')}`;
}
