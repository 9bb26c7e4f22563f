/**
 * The fast lane writes what the long way writes, to the bit: of captures of others, of many segments, of segments as nobody sends them,
 * in either format, however the pieces fall, and beyond each limit of its memory.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { layoutSource } from '../assembly/layout-source.ts';
import { sourceHash } from '../assembly/source-hash.ts';
import { makeCapture } from '../bench/analysis/make-capture.ts';
import { CaptureAnalysis } from '../src/analysis/capture-analysis.ts';
import { CHUNK_ROWS, ROW_WORDS } from '../src/analysis/columns-chunk.ts';
import { CAUSE } from '../src/analysis/cost-cause.ts';
import { causeBytes } from '../src/analysis/cost-rows.ts';
import { LANE_CONVERSATIONS, LaneMemory } from '../src/analysis/lane-memory.ts';
import { LANE_SOURCES } from '../src/analysis/lane-module.ts';
import { WebAssembly } from '../src/analysis/web-assembly.ts';
import { readCapture } from '../src/capture/capture-file.ts';
import { WIRESHARK_VERSIONS, type WiresharkVersion } from '../src/flows/tcp-analysis.ts';
import { CaptureDecoder } from '../src/pcap/capture-decoder.ts';
import { PcapEncoder } from '../src/pcap/pcap-encoder.ts';
import { MESSAGE } from '../src/telemetry/messages/types.ts';
import { ManySegments } from '../src/testing/many-segments.ts';
import { SegmentScript, type Step, steps } from '../src/testing/segment-script.ts';
import { TCP_FLAG } from '../src/wire/tcp-header.ts';

const ROOT = resolve(import.meta.dirname, '..');
const SHARED = resolve(ROOT, '../shared');
const FILES = join(SHARED, 'corpus/files');
const MOST_REPORTS = 50;

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
  // No spy: that would keep a million calls.
  let slow = 0;
  const onFrame = analysis.onFrame.bind(analysis);
  analysis.onFrame = frame => {
    slow++;
    onFrame(frame);
  };
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
  return { analysis, slow };
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

/** The numbers behind events, by row. */
function reasonsOf({ columns }: CaptureAnalysis): (readonly number[] | undefined)[] {
  return Array.from({ length: columns.count }, (_, row) => columns.reasons.reasonOf(row)).map(
    reason => reason && [...reason],
  );
}

function expectSame(one: CaptureAnalysis, other: CaptureAnalysis): void {
  expect(other.columns.count).toBe(one.columns.count);
  const [rows, others] = [rowsOf(one), rowsOf(other)];
  expect(others.findIndex((chunk, index) => !chunk.equals(rows[index] as Buffer))).toBe(-1);
  expect(reasonsOf(other)).toEqual(reasonsOf(one));
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

  test.each(['segments.pcap', 'segments.pcap.gz', 'segments.pcap.zst'])('from the file %s', async name => {
    const capture = captures['pcap'] as Uint8Array;
    const compress = name.endsWith('.gz') ? gzipSync : name.endsWith('.zst') ? zstdCompressSync : undefined;
    if (compress !== undefined) writeFileSync(join(folder, name), compress(capture));
    const other = new CaptureAnalysis({ name: 'segments', wireshark: '4.0', fastLane: true });
    const frames = vi.spyOn(other, 'onFrame');
    const reading = await readCapture(join(folder, name), other.sink);
    // What differs is the file alone.
    other.finish({ ...reading, compression: 'none', sizeBytes: capture.length });
    expect(frames.mock.calls.length).toBeLessThan(packets / 10);
    expectSame(analysed(capture, { fastLane: false }).analysis, other);
  });

  test.each(['Memory', 'Module'] as const)('without WebAssembly.%s: everything the long way', async part => {
    // Modules of their own: the compiled code is kept otherwise.
    vi.resetModules();
    const fresh = await import('../src/analysis/capture-analysis.ts');
    const refused = vi.spyOn(WebAssembly, part).mockImplementation(
      class {
        constructor() {
          throw new RangeError('not here');
        }
      } as never,
    );
    try {
      const analysis = new fresh.CaptureAnalysis({ name: 'segments', wireshark: '4.0', fastLane: true });
      const frames = vi.spyOn(analysis, 'onFrame');
      new CaptureDecoder(analysis.sink).push(captures['pcap'] as Uint8Array);
      expect(frames.mock.calls.length).toBe(packets);
      expect(refused).toHaveBeenCalled();
    } finally {
      refused.mockRestore();
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
      { numRuns: 25, seed: 11 },
    );
    expect(fast).toBeGreaterThan(2_000);
  });
});

describe('beyond a limit of the memory everything takes the long way', () => {
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

  test('more than the cache of addresses holds: who fell out takes the long way once', () => {
    const conversations = 100_000;
    const segments = new ManySegments(conversations + 1_100);
    segments.open(0);
    const talk = (from: number): void => {
      for (let turn = from; turn < from + 500; turn++) segments.add(0, true, TCP_FLAG.ack, 102 + turn, 202);
    };
    talk(0);
    for (let number = 1; number <= conversations; number++)
      segments.add(number, true, TCP_FLAG.syn, number, 0, 0);
    talk(500);
    const slow = expectSameRows(segments.capture);
    expect(slow).toBeGreaterThan(conversations);
    expect(slow).toBeLessThan(conversations + 20);
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

test('a connection of ours that takes the ports of another: its SYN has our HELLO (RFC 7413)', () => {
  const segments = new ManySegments(100);
  const hello = Uint8Array.of(20, MESSAGE.hello, 0x53, 0x57, 0x49, 0x52, ...new Uint8Array(15).fill(1));
  segments.open(0);
  for (let turn = 0; turn < 20; turn++) segments.add(0, true, TCP_FLAG.ack, 102 + turn, 202);
  segments.add(0, true, TCP_FLAG.syn, 5_000, 0, hello);
  segments.add(0, false, TCP_FLAG.syn | TCP_FLAG.ack, 7_000, 5_001 + hello.length, 0);
  for (let turn = 0; turn < 20; turn++)
    segments.add(0, true, TCP_FLAG.ack, 5_001 + hello.length + turn, 7_001);
  const one = analysed(segments.capture, { fastLane: false });
  expect(one.analysis.tcp(1)).toMatchObject({ packets: 22, telemetry: expect.anything() });
  const other = analysed(segments.capture, { fastLane: true });
  expect(other.slow).toBeLessThan(one.slow - 10);
  expectSame(one.analysis, other.analysis);
});

test('sums of costs that pass what a word holds are carried', () => {
  let memory: LaneMemory | undefined;
  const opening = vi.spyOn(LaneMemory.prototype, 'openChunk').mockImplementation(function (this: LaneMemory) {
    memory = this;
    opening.mockRestore();
    return this.openChunk();
  });
  const segments = new ManySegments(2_000);
  segments.open(0);
  const begun = segments.capture.length;
  // Sent again, though it was acknowledged.
  for (let turn = 0; turn < 1_000; turn++) segments.add(0, true, TCP_FLAG.ack, 100, 202);
  const analysis = new CaptureAnalysis({ name: 'segments', wireshark: '4.0', fastLane: true });
  const decoder = new CaptureDecoder(analysis.sink);
  decoder.push(segments.capture.slice(0, begun));
  const before = 2 ** 31 - 1_000;
  (memory as unknown as LaneMemory).words('costs')[causeBytes(CAUSE.retransmission)] = before;
  decoder.push(segments.capture.slice(begun));
  decoder.end();
  const reading = { format: 'pcap', damage: undefined, skippedBlocks: 0, sizeBytes: 0 } as const;
  analysis.finish({ ...reading, compression: 'none', wasStopped: false });
  for (const cost of [analysis.tcp(0).cost, analysis.costOfCapture()]) {
    const sent = cost?.causes.find(({ cause }) => cause === 'retransmission');
    expect(sent).toMatchObject({ bytes: before + 1_000 * 55, frames: 1_000 });
  }
});

describe.skipIf(!existsSync(SHARED))('captures of others', () => {
  const names = existsSync(FILES) ? readdirSync(FILES) : [];

  test('are there', () => {
    expect(names.length, `the captures are missing: ${FILES}`).toBeGreaterThan(100);
  });

  test.each(names)('%s: the same', name => {
    const capture = contentOf(join(FILES, name));
    const one = analysed(capture, { fastLane: false });
    expectSame(one.analysis, analysed(capture, { fastLane: true, pieceBytes: 4_001 }).analysis);
  });
});
