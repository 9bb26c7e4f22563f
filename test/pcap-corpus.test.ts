/**
 * Captures of other programs, and what tshark says of each: the same packets, the same times, the same lengths, and damage in the
 * same files. And our own captures, of which tshark and capinfos say what was written.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { CaptureDecoder } from '../src/pcap/capture-decoder.ts';
import type { Damage } from '../src/pcap/damage.ts';
import type { PacketRecord } from '../src/pcap/packet-record.ts';
import { PcapEncoder } from '../src/pcap/pcap-encoder.ts';
import { PcapngEncoder } from '../src/pcap/pcapng-encoder.ts';

const CORPUS = resolve(import.meta.dirname, '../../shared/corpus');
const hasCorpus = existsSync(CORPUS);

/** `frame.time_epoch` as tshark prints it: the sign of either part, then both without. */
function epoch({ hasTime, seconds, nanoseconds }: PacketRecord): string {
  if (!hasTime) return '';
  const sign = seconds < 0 || nanoseconds < 0 ? '-' : '';
  return `${sign}${Math.abs(seconds)}.${String(Math.abs(nanoseconds)).padStart(9, '0')}`;
}

interface Read {
  /** Number, time, length, captured length. */
  readonly rows: readonly string[];
  readonly damage: Damage | undefined;
}

/** Reads a file in pieces of so many bytes. */
function read(file: Uint8Array, pieceBytes: number = file.length): Read {
  const rows: string[] = [];
  const decoder = new CaptureDecoder({
    onPacket: record =>
      rows.push([rows.length + 1, epoch(record), record.length, record.capturedLength].join('\t')),
  });
  for (let at = 0; at < file.length; at += pieceBytes) decoder.push(file.subarray(at, at + pieceBytes));
  decoder.end();
  return { rows, damage: decoder.damage };
}

const manifest = (hasCorpus ? readFileSync(join(CORPUS, 'manifest.tsv'), 'utf8') : '')
  .split('\n')
  .slice(1)
  .filter(line => line !== '')
  .map(line => line.split('\t') as [string, ...string[]]);

describe.skipIf(!hasCorpus)('the corpus', () => {
  const capture = (name: string): Uint8Array => readFileSync(join(CORPUS, 'files', name));
  /** Column of the manifest: 2 where tshark refuses the file or stops in it. */
  const STATUS = 13;

  it('is there', () => {
    expect(manifest.length).toBeGreaterThan(200);
  });

  it.each(manifest)('has the packets that tshark finds: %s', (name, ...columns) => {
    const expected = gunzipSync(readFileSync(join(CORPUS, 'expected', `${name}.tsv.gz`)))
      .toString()
      .split('\n')
      .slice(1)
      .filter(line => line !== '')
      .map(line => line.split('\t', 4).join('\t'));
    const { rows, damage } = read(capture(name));
    expect(rows).toEqual(expected);
    expect(damage !== undefined).toBe(columns[STATUS - 1] === '2');
    expect(read(capture(name), 1_000)).toEqual({ rows, damage });
  });

  it('ends in packets, and perhaps damage, whatever is changed in it', () => {
    const small = manifest
      .map(([name]) => capture(name))
      .filter(file => file.length > 0 && file.length < 5_000);
    const change = fc.tuple(fc.nat(), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff));
    fc.assert(
      fc.property(
        fc.constantFrom(...small),
        fc.array(change, { maxLength: 6 }),
        fc.nat(),
        (file, changes, cut) => {
          const bytes = file.slice(0, cut % 4 === 0 ? cut % file.length : file.length);
          for (const [place, value] of changes) bytes[place % bytes.length] = value;
          const whole = read(bytes);
          expect(read(bytes, 37)).toEqual(whole);
          expect(whole.rows.length).toBeLessThanOrEqual(bytes.length / 12);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

describe('a capture that we write', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sensewire-pcap-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  const run = (program: string, ...parts: readonly string[]): string =>
    execFileSync(program, parts, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

  function tshark(bytes: Uint8Array): string[][] {
    const path = join(folder, 'capture');
    writeFileSync(path, bytes);
    const fields = [
      'time_epoch',
      'len',
      'cap_len',
      'interface_name',
      'comment',
      'packet_flags',
      'drop_count',
    ];
    const names = fields.flatMap(field => ['-e', `frame.${field}`]);
    return run('tshark', '-n', '-r', path, '-T', 'fields', ...names)
      .replace(/\n$/, '')
      .split('\n')
      .map(line => line.split('\t'));
  }

  it('is pcap to tshark, in microseconds and nanoseconds', () => {
    for (const [resolution, time] of [
      ['microseconds', '1700000000.123456000'],
      ['nanoseconds', '1700000000.123456789'],
    ] as const) {
      const encoder = new PcapEncoder({ resolution });
      encoder.packet(1_700_000_000, 123_456_789, new Uint8Array(60), 0, 60, 1_500);
      encoder.packet(1_700_000_000, 123_456_789, new Uint8Array(61));
      expect(tshark(encoder.take()).map(row => row.slice(0, 3))).toEqual([
        [time, '1500', '60'],
        [time, '61', '61'],
      ]);
    }
  });

  it('is pcapng to tshark and capinfos, with all that it says', () => {
    const encoder = new PcapngEncoder({ hardware: 'a board', os: 'an OS', application: 'sensewire 1' });
    encoder.interface({ linkType: 1, name: 'eth0', filter: 'tcp port 50007', os: 'Linux', snapLength: 96 });
    const second = encoder.interface({ linkType: 276, name: 'any' });
    encoder.secrets({ type: 0x544c534b, secrets: Buffer.from(`CLIENT_RANDOM ${'0'.repeat(64)} 00\n`) });
    encoder.names([{ address: Uint8Array.of(10, 0, 0, 1), names: ['a.example'] }]);
    encoder.packet(0, 1_700_000_000, 1, new Uint8Array(61), 0, 61, 1_500, {
      comments: ['here', 'ändert ✓'],
      flags: 2,
      dropCount: 3,
    });
    encoder.packet(second, 1_700_000_001, 999_999_999, new Uint8Array(62), 2);
    encoder.statistics({
      interfaceIndex: 0,
      time: { seconds: 1_700_000_002, nanoseconds: 0 },
      received: 12,
      dropped: 1,
      osDropped: 4,
      delivered: 2,
    });
    const bytes = encoder.take();
    expect(tshark(bytes)).toEqual([
      ['1700000000.000000001', '1500', '61', 'eth0', 'here,ändert ✓', '0x00000002', '3'],
      ['1700000001.999999999', '60', '60', 'any', '', '', ''],
    ]);
    const told = run('capinfos', join(folder, 'capture'));
    for (const line of [
      /Capture hardware: +a board/,
      /Capture oper-sys: +an OS/,
      /Capture application: +sensewire 1/,
      /Name = eth0/,
      /Name = any/,
      /Capture length = 96/,
      /Time precision = nanoseconds \(9\)/,
      /Filter string = tcp port 50007/,
      /Operating system = Linux/,
      /Number of stat entries = 1/,
      /Number of decryption secrets in file: 1/,
      /Number of resolved IPv4 addresses in file: 1/,
    ])
      expect(told).toMatch(line);
  });
});
