/**
 * The fast lane writes what the long way writes, to the bit: of captures of others, of many segments, of segments as nobody sends them,
 * in either format, however the pieces fall, and beyond each limit of its memory.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { layoutSource } from '../assembly/layout-source.ts';
import { sourceHash } from '../assembly/source-hash.ts';
import { makeCapture } from '../bench/analysis/make-capture.ts';
import { CaptureAnalysis } from '../src/analysis/capture-analysis.ts';
import { CHUNK_ROWS, ROW_WORDS } from '../src/analysis/columns-chunk.ts';
import { LANE_CONVERSATIONS } from '../src/analysis/lane-memory.ts';
import { LANE_SOURCES } from '../src/analysis/lane-module.ts';
import { WebAssembly } from '../src/analysis/web-assembly.ts';
import { WIRESHARK_VERSIONS, type WiresharkVersion } from '../src/flows/tcp-analysis.ts';
import { CaptureDecoder } from '../src/pcap/capture-decoder.ts';
import { PcapEncoder } from '../src/pcap/pcap-encoder.ts';
import { bytesOf } from '../src/testing/frames.ts';
import { SegmentScript, type Step, steps } from '../src/testing/segment-script.ts';
import { TCP_FLAG } from '../src/wire/tcp-header.ts';

const ROOT = resolve(import.meta.dirname, '..');
const SHARED = resolve(ROOT, '../shared');
const FILES = join(SHARED, 'corpus/files');
const MOST_REPORTS = 50;

/** Ethernet, IPv4 without lengths, addresses and checksums, TCP without ports and numbers. */
const HEADERS = bytesOf(
  '020000000001 020000000002 0800 4500 0000 0000 4000 4006 0000',
  new Uint8Array(22),
  '07d0 0000 0000 58',
);

interface Analysed {
  readonly analysis: CaptureAnalysis;
  /** Frames that took the long way. */
  readonly slow: number;
}

interface Wishes {
  readonly fastLane: boolean;
  readonly pieceBytes?: number;
  readonly wireshark?: WiresharkVersion;
}

/** Its own bytes: those of a Buffer would not be copied by `slice`. */
const contentOf = (path: string): Uint8Array => new Uint8Array(readFileSync(path));

function analysed(
  capture: Uint8Array,
  { fastLane, pieceBytes = capture.length, wireshark = '4.0' }: Wishes,
): Analysed {
  const analysis = new CaptureAnalysis({ name: 'segments', wireshark, fastLane });
  const frames = vi.spyOn(analysis, 'onFrame');
  const decoder = new CaptureDecoder(analysis.sink);
  for (let at = 0; at < capture.length; at += pieceBytes) {
    // Overwritten afterwards: nothing may be kept of it.
    const piece = capture.slice(at, at + pieceBytes);
    decoder.push(piece);
    piece.fill(0xff);
  }
  decoder.end();
  const { format, damage, skippedBlocks } = decoder;
  const reading = { format, damage, skippedBlocks, compression: 'none', sizeBytes: capture.length };
  analysis.finish({ ...reading, wasStopped: false });
  return { analysis, slow: frames.mock.calls.length };
}

/** Everything that an analysis tells. */
function told(analysis: CaptureAnalysis): object {
  const upTo = (count: number): number[] =>
    Array.from({ length: Math.min(count, MOST_REPORTS) }, (_, number) => number);
  const { tcp, udp } = analysis.columns;
  return analysis.report({ tcp: upTo(tcp.count), udp: upTo(udp.count) }, { series: true });
}

function rowsOf({ columns }: CaptureAnalysis): Buffer[] {
  const chunks: Buffer[] = [];
  for (let row = 0; row < columns.count; row += CHUNK_ROWS) {
    const words = ROW_WORDS * Math.min(CHUNK_ROWS, columns.count - row);
    const { buffer, byteOffset } = columns.chunkOf(row).words.subarray(0, words);
    chunks.push(Buffer.from(buffer, byteOffset, 4 * words));
  }
  return chunks;
}

function expectSame(one: CaptureAnalysis, other: CaptureAnalysis): void {
  expect(other.columns.count).toBe(one.columns.count);
  const [rows, others] = [rowsOf(one), rowsOf(other)];
  expect(others.findIndex((chunk, index) => !chunk.equals(rows[index] as Buffer))).toBe(-1);
  expect(told(other)).toEqual(told(one));
}

test('the module is what its sources make', () => {
  const layout = readFileSync(join(ROOT, 'assembly/lane/layout.ts'), 'utf8');
  expect(layout, 'npm run build --prefix assembly').toBe(layoutSource());
  expect(LANE_SOURCES, 'npm run build --prefix assembly').toBe(sourceHash());
});

describe('a capture of many segments', () => {
  const packets = 2 * CHUNK_ROWS + 5_000;
  let folder: string;
  const captures: Record<string, Uint8Array> = {};
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sensewire-lane-'));
    const path = join(folder, 'segments.pcap');
    makeCapture(path, packets);
    captures['pcap'] = contentOf(path);
    for (const format of ['pcapng', 'nsecpcap']) {
      execFileSync('editcap', ['-F', format, path, join(folder, format)]);
      captures[format] = contentOf(join(folder, format));
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each(['pcap', 'pcapng', 'nsecpcap'])(
    'as %s: nearly all take the lane, and are told the same',
    format => {
      const capture = captures[format] as Uint8Array;
      const one = analysed(capture, { fastLane: false });
      const other = analysed(capture, { fastLane: true });
      expect(one.slow).toBe(packets);
      expect(other.slow).toBeLessThan(packets / 10);
      expectSame(one.analysis, other.analysis);
    },
  );

  test.each([['4.0'], ['4.4'], ['4.6']] as const)(
    'by the rules of Wireshark %s, in pieces of any size',
    wireshark => {
      const capture = (captures['pcapng'] as Uint8Array).subarray(0, 1_000_000);
      const one = analysed(capture, { fastLane: false, wireshark });
      for (const pieceBytes of [997, 100_000, 300_000]) {
        const other = analysed(capture, { fastLane: true, wireshark, pieceBytes });
        expect(other.slow).toBeLessThan(one.slow / 2);
        expectSame(one.analysis, other.analysis);
      }
    },
  );

  test('without WebAssembly everything takes the long way', () => {
    const memory = vi.spyOn(WebAssembly, 'Memory').mockImplementation(
      class {
        constructor() {
          throw new RangeError('not so many addresses');
        }
      } as never,
    );
    try {
      expect(analysed(captures['pcap'] as Uint8Array, { fastLane: true }).slow).toBe(packets);
    } finally {
      memory.mockRestore();
    }
  });
});

describe('segments as nobody sends them', () => {
  function captureOf(script: readonly Step[]): Uint8Array {
    const encoder = new PcapEncoder({ resolution: 'nanoseconds' });
    const frames = new SegmentScript(encoder);
    for (const step of script) frames.add(step);
    return encoder.take().slice();
  }

  test.each(WIRESHARK_VERSIONS)('are judged the same, by the rules of Wireshark %s', wireshark => {
    let fast = 0;
    fc.assert(
      fc.property(steps, script => {
        const capture = captureOf(script);
        const one = analysed(capture, { fastLane: false, wireshark });
        const other = analysed(capture, { fastLane: true, wireshark });
        fast += one.slow - other.slow;
        expectSame(one.analysis, other.analysis);
      }),
      { numRuns: 60, seed: 11 },
    );
    expect(fast).toBeGreaterThan(2_000);
  });
});

describe('beyond a limit of the memory everything takes the long way', () => {
  /** Frames of a client and a server, one byte of payload each, put together in one array: a million of them. */
  class ManySegments {
    readonly #bytes: Uint8Array;
    readonly #view: DataView;
    #length = 24;

    constructor(most: number) {
      this.#bytes = new Uint8Array(this.#length + 72 * most);
      this.#view = new DataView(this.#bytes.buffer);
      this.#bytes.set(bytesOf('d4c3b2a1 0200 0400 00000000 00000000 00000400 01000000'));
    }

    get capture(): Uint8Array {
      return this.#bytes.subarray(0, this.#length);
    }

    add(
      conversation: number,
      isClient: boolean,
      flags: number,
      sequence: number,
      ack: number,
      data = 1,
    ): void {
      const view = this.#view;
      const at = this.#length;
      const length = 54 + data;
      const ends = [0x0a01_0000 + (conversation >>> 14), 0x0a00_0001];
      const ports = [32_768 + (conversation & 0x3fff), 80];
      const from = isClient ? 0 : 1;
      view.setUint32(at, at >>> 10, true);
      view.setUint32(at + 8, length, true);
      view.setUint32(at + 12, length, true);
      this.#bytes.set(HEADERS, at + 16);
      view.setUint16(at + 32, length - 14);
      view.setUint16(at + 34, at >>> 3);
      view.setUint32(at + 42, ends[from]!);
      view.setUint32(at + 46, ends[1 - from]!);
      view.setUint16(at + 50, ports[from]!);
      view.setUint16(at + 52, ports[1 - from]!);
      view.setUint32(at + 54, sequence);
      view.setUint32(at + 58, ack);
      view.setUint16(at + 62, 0x5000 | flags);
      this.#length += 16 + length;
    }

    /** Handshake and one byte each way. */
    open(conversation: number): void {
      this.add(conversation, true, TCP_FLAG.syn, 99, 0, 0);
      this.add(conversation, false, TCP_FLAG.syn | TCP_FLAG.ack, 199, 100, 0);
      this.add(conversation, true, TCP_FLAG.ack, 100, 200, 0);
      for (let turn = 0; turn < 2; turn++) {
        this.add(conversation, true, TCP_FLAG.ack, 100 + turn, 200 + turn);
        this.add(conversation, false, TCP_FLAG.ack, 200 + turn, 101 + turn);
      }
    }
  }

  /** Checked only where it matters: nobody's reports of a hundred thousand conversations are compared. */
  function expectSameRows(capture: Uint8Array): number {
    const one = analysed(capture, { fastLane: false });
    const other = analysed(capture, { fastLane: true });
    expect(other.analysis.columns.count).toBe(one.slow);
    const rows = rowsOf(one.analysis);
    const others = rowsOf(other.analysis);
    expect(others.findIndex((chunk, index) => !chunk.equals(rows[index] as Buffer))).toBe(-1);
    return other.slow;
  }

  test('more conversations', () => {
    const segments = new ManySegments(LANE_CONVERSATIONS + 2_000);
    segments.open(0);
    const talk = (from: number): void => {
      for (let turn = from; turn < from + 500; turn++) segments.add(0, true, TCP_FLAG.ack, 102 + turn, 202);
    };
    talk(0);
    for (let number = 1; number <= LANE_CONVERSATIONS; number++)
      segments.add(number, true, TCP_FLAG.syn, number, 0, 0);
    talk(500);
    const slow = expectSameRows(segments.capture);
    expect(slow).toBeGreaterThan(LANE_CONVERSATIONS + 500);
    expect(slow).toBeLessThan(LANE_CONVERSATIONS + 600);
  });

  test('more segments that wait for their ACK', () => {
    const conversations = 110;
    const each = 9_990;
    const segments = new ManySegments(conversations * (each + 10));
    for (let number = 0; number < conversations; number++) {
      segments.open(number);
      for (let turn = 0; turn < each; turn++) segments.add(number, true, TCP_FLAG.ack, 102 + turn, 202);
      // One ACK of them all, in the last conversation.
      if (number === conversations - 1) segments.add(number, false, TCP_FLAG.ack, 202, 102 + each);
    }
    const slow = expectSameRows(segments.capture);
    // From the 1,048,576th on.
    expect(slow).toBeGreaterThan(40_000);
    expect(slow).toBeLessThan(80_000);
  });
});

describe.skipIf(!existsSync(SHARED))('captures of others', () => {
  const names = existsSync(FILES) ? readdirSync(FILES) : [];

  test('are there', () => {
    expect(names.length, `the captures are missing: ${FILES}`).toBeGreaterThan(100);
  });

  test.each(names)('%s: the same, in pieces of any size', name => {
    const capture = contentOf(join(FILES, name));
    const one = analysed(capture, { fastLane: false });
    for (const pieceBytes of [997, 65_536]) {
      expectSame(one.analysis, analysed(capture, { fastLane: true, pieceBytes }).analysis);
    }
  });
});
